//! Rules that choose delays and rank from the data.

pub(crate) mod common_rank;
mod components;
pub(crate) mod delays;
mod fit;
pub(crate) mod held_out;
pub(crate) mod latent;
mod monomials;
mod narrow;
mod past_and_future;
mod predictors;
pub(crate) mod state_order;
mod window_moments;
