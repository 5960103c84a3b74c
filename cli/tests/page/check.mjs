// Opens pages in a browser and checks what only a browser knows: the width of the document, what is loaded, the contrast of
// every text, and the names of pictures. Run by check.sh.
//
//     node check.mjs SCREENSHOTS PAGE.html...
import { createRequire } from "node:module";
import { basename, dirname, resolve } from "node:path";
import { mkdirSync } from "node:fs";

const require = createRequire(process.env.PLAYWRIGHT_FROM ?? import.meta.url);
const { chromium } = require("playwright-core");

const [screenshots, ...pages] = process.argv.slice(2);
mkdirSync(screenshots, { recursive: true });
const least = 4.5;

/** Runs within the page: everything that is wrong with it. */
function faults(least) {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    found.push(`the document is ${root.scrollWidth} px wide in a window of ${root.clientWidth} px`);
  }
  const parse = (colour) => {
    const parts = colour.match(/[\d.]+/g)?.map(Number);
    return parts && parts.length >= 3 ? { rgb: parts.slice(0, 3), alpha: parts[3] ?? 1 } : { rgb: [0, 0, 0], alpha: 0 };
  };
  const over = (top, below) => top.rgb.map((x, k) => top.alpha * x + (1 - top.alpha) * below[k]);
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((x) => {
      const share = x / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  // What is painted behind an element of HTML: the backgrounds of the elements around it.
  const behind = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      layers.push(parse(getComputedStyle(at).backgroundColor));
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  // What is painted behind a text of SVG: the rectangles before it that hold its middle.
  const behindText = (text, svg) => {
    const own = getComputedStyle(text);
    // A text that is painted over a wide stroke of its own lies on this stroke.
    if (own.paintOrder.startsWith("stroke") && parseFloat(own.strokeWidth) >= 2) return parse(own.stroke).rgb;
    const box = text.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    let colour = behind(svg);
    for (const shape of svg.querySelectorAll("rect")) {
      if (!(shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING)) continue;
      const area = shape.getBoundingClientRect();
      if (x < area.left || x > area.right || y < area.top || y > area.bottom) continue;
      const style = getComputedStyle(shape);
      const fill = parse(style.fill);
      fill.alpha *= Number(style.fillOpacity) * Number(style.opacity);
      colour = over(fill, colour);
    }
    return colour;
  };
  let texts = 0;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest("style, title")) continue;
    const style = getComputedStyle(element);
    const svg = element.closest("svg");
    const below = svg ? behindText(element, svg) : behind(element);
    const ink = parse(svg ? style.fill : style.color);
    const ratio = contrast(over(ink, below), below);
    texts += 1;
    if (ratio < least) {
      found.push(`"${node.data.trim().slice(0, 40)}" has a contrast of ${ratio.toFixed(2)} (${svg ? style.fill : style.color} on ${below.map(Math.round)})`);
    }
  }
  if (texts < 20) found.push(`only ${texts} texts`);
  const figures = [...document.querySelectorAll("figure")];
  if (!figures.length) found.push("there is no figure");
  for (const figure of figures) {
    const name = figure.querySelector('svg[role="img"][aria-label]')?.getAttribute("aria-label") ?? figure.querySelector("img[alt]")?.alt;
    if (!name?.trim()) found.push(`figure ${figure.id} has no name`);
    if (!figure.querySelector("figcaption")?.textContent.trim()) found.push(`figure ${figure.id} has no caption`);
  }
  for (const picture of document.querySelectorAll("svg, img")) {
    if (!picture.closest("figure")) found.push("a picture is in no figure");
  }
  for (const box of document.querySelectorAll("*")) {
    const { overflowX } = getComputedStyle(box);
    const scrolls = ["auto", "scroll"].includes(overflowX) && box.scrollWidth > box.clientWidth;
    if (scrolls && box.tabIndex !== 0) found.push(`${box.tagName} ${box.className} scrolls and cannot be reached by keys`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  if (new Set(ids).size < ids.length) found.push("two elements have one id");
  return found;
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
let failed = 0;
for (const page of pages) {
  for (const width of [1280, 390]) {
    for (const colorScheme of ["light", "dark"]) {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, offline: true });
      const tab = await context.newPage();
      const requests = [];
      const address = `file://${resolve(page)}`;
      tab.on("request", (request) => {
        if (request.url() !== address && !request.url().startsWith("data:")) requests.push(request.url());
      });
      await tab.goto(address, { waitUntil: "load" });
      await tab.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
      const found = await tab.evaluate(faults, least);
      found.push(...requests.map((url) => `loads ${url}`));
      await tab.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = false)));
      const name = `${basename(dirname(resolve(page)))}-${basename(page, ".html")}-${width}-${colorScheme}.png`;
      await tab.screenshot({ path: `${screenshots}/${name}`, fullPage: true });
      for (const fault of found.slice(0, 10)) console.log(`${page}, ${width} px, ${colorScheme}: ${fault}`);
      failed += found.length;
      await context.close();
    }
  }
}
await browser.close();
console.log(`${pages.length} pages in two widths and two schemes: ${failed} faults`);
process.exit(failed ? 1 : 0);
