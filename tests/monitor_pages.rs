//! Two pages of flash that are written in turn: whenever the power fails, a whole state is found afterwards.

use crate::common::process::*;
use dynamical_similarity::monitor::{Monitor, MonitorSettings, SavedPages, Window};

/// Flash: erasing sets all bits of a page, and programming clears bits of one word.
struct Flash {
    pages: [Vec<u32>; 2],
    state_len: usize,
    /// Steps until the power fails, in the middle of the one that reaches zero.
    until_failure: usize,
    seed: u64,
}

impl Flash {
    fn new(state_len: usize) -> Self {
        let page = vec![0xDEAD_BEEF; state_len + SavedPages::COUNTER_LEN + 5];
        Self { pages: [page.clone(), page], state_len, until_failure: usize::MAX, seed: 1 }
    }

    fn found(&self) -> SavedPages<'_> {
        SavedPages::new(&self.pages[0], &self.pages[1], self.state_len)
    }

    fn random(&mut self) -> u32 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.seed >> 32) as u32
    }

    /// One step, and whether the power lasted.
    fn step(&mut self, mut whole: impl FnMut(&mut Self), mut half: impl FnMut(&mut Self)) -> bool {
        self.until_failure -= 1;
        if self.until_failure == 0 {
            half(self);
            return false;
        }
        whole(self);
        true
    }

    /// Saves as the documentation says; whether the power lasted to the end.
    fn save(&mut self, state: &[u32]) -> bool {
        let next = self.found().next();
        let page = next.page;
        // Bits that were zero are set in the first half of the page, here and there.
        let half_erased = |flash: &mut Self| {
            for at in 0..flash.pages[page].len() / 2 {
                flash.pages[page][at] |= flash.random();
            }
        };
        self.step(|flash| flash.pages[page].fill(u32::MAX), half_erased)
            && state.iter().chain(&next.counter).enumerate().all(|(at, word)| {
                let half_programmed = |flash: &mut Self| {
                    flash.pages[page][at] &= word | flash.random();
                };
                self.step(|flash| flash.pages[page][at] &= word, half_programmed)
            })
    }
}

#[test]
fn a_whole_state_is_found_wherever_the_power_fails() {
    let calibration = known(7);
    let settings = MonitorSettings::new().window(Window::Forgetting(0.8));
    let mut process = Process::new(7, 13);
    let mut running = monitor(&calibration, settings, Window::Forgetting(0.8));
    let mut states = [(); 3].map(|()| {
        reports(&mut running, 700, || process.next());
        let mut words = vec![0; 8_000];
        let length = running.save(&mut words).unwrap();
        words.truncate(length);
        words
    });
    let state_len = states[0].len();
    let mut flash = Flash::new(state_len);
    assert!(flash.found().newest().is_none());
    // Either page is the newer one in one of the two rounds, and the counter wraps around in the second.
    for round in 0..2 {
        if round == 1 {
            for page in &mut flash.pages {
                let counter = &mut page[state_len..][..2];
                counter[0] = counter[0].wrapping_sub(4);
                counter[1] = !counter[0];
            }
        }
        assert!(flash.save(&states[0]) && flash.save(&states[1]));
        assert_eq!(flash.found().newest(), Some(&states[1][..]));
        let before = flash.pages.clone();
        // A bit that flips in the newer page leaves the older one.
        let newer = 1 - flash.found().next().page;
        for at in 0..state_len + SavedPages::COUNTER_LEN {
            flash.pages[newer][at] ^= 1 << (at % 32);
            assert_eq!(flash.found().newest(), Some(&states[0][..]), "word {at}");
            assert_eq!(flash.found().next().page, newer);
            flash.pages[newer][at] ^= 1 << (at % 32);
        }
        let steps = 1 + state_len + SavedPages::COUNTER_LEN;
        for failure in 1..=steps + 1 {
            flash.pages.clone_from(&before);
            flash.until_failure = failure;
            let lasted = flash.save(&states[2]);
            assert_eq!(lasted, failure > steps);
            let found = flash.found().newest().expect("a whole state");
            // The last word may have been programmed whole before the power failed.
            let new = found == states[2];
            assert!(new || found == states[1], "after {failure} steps");
            assert!(if lasted { new } else { !new || failure + 1 >= steps });
            let restored = Monitor::<f32, _>::restore_in(
                &calibration,
                settings,
                found,
                vec![f32::NAN; 20_000],
            );
            let mut again = vec![0; state_len];
            assert_eq!(restored.unwrap().save(&mut again), Ok(state_len));
            assert_eq!(again, found);
            // The next state goes where the interrupted one went.
            flash.until_failure = usize::MAX;
            if !new {
                assert!(flash.save(&states[2]));
                assert_eq!(flash.found().newest(), Some(&states[2][..]));
            }
        }
        states.rotate_left(1);
        assert!(flash.save(&states[2]));
    }
}

#[test]
fn pages_that_hold_anything_else_are_empty() {
    for words in [&[][..], &[0; 3], &[u32::MAX; 40], &[0; 40]] {
        let pages = SavedPages::new(words, words, 30);
        assert!(pages.newest().is_none());
        assert_eq!((pages.next().page, pages.next().counter), (0, [0, u32::MAX]));
    }
}
