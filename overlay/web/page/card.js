// One offer on the screen.

import { clockText, httpURL, isFew, moneyText, setText, stockText } from "./format.js";

const pictureWait = 1_500; // a card does not wait longer for its pictures
const hurry = 10;          // seconds
const sizes = [1, 0.9, 0.8, 0.72, 0.64, 0.56, 0.48, 0.4];

/** tooLong tells whether a text does not fit in its lines, or in its one line. */
function tooLong(element, lines) {
  return lines ? element.scrollHeight > element.clientHeight + 1 : element.scrollWidth > element.clientWidth + 1;
}

/** fit makes an element's text smaller until it fits, and tells whether it does. */
function fit(element, { lines = 0, least = 0 } = {}) {
  for (const size of sizes.filter((size) => size >= least)) {
    element.style.setProperty("--fit", size);
    if (lines) element.style.setProperty("--lines", Math.floor(lines / size));
    if (!tooLong(element, lines)) return true;
  }
  return false;
}

/** fitWays keeps links readable: rather than very small, one stands alone, or in more lines. */
function fitWays([beside, band]) {
  beside.classList.remove("wrap");
  if (!fit(beside, { least: 0.64 })) beside.classList.add("wrap");
  band.classList.remove("short", "two");
  if (fit(band, { least: 0.8 })) return;
  band.classList.add("short");
  if (fit(band, { least: 0.8 })) return;
  band.classList.add("two");
  fit(band);
}

export class Card {
  #parts = {};
  #settings;
  #offer;
  #seconds = Infinity; // the least that was shown

  constructor(settings) {
    this.#settings = settings;
    this.element = document.importNode(document.getElementById("offer").content.firstElementChild, true);
    for (const name of ["ad", "stock", "notes", "title", "prices", "price", "compare", "time", "label", "digits"]) {
      this.#parts[name] = this.element.querySelector("." + name);
    }
    this.ways = [...this.element.querySelectorAll(".way")]; // beside the code, and on the band: the layout shows one
    this.picture = this.element.querySelector(".picture img");
    this.code = this.element.querySelector(".scan img");
  }

  /** load sets the pictures, and waits for them a little. */
  async load(offer) {
    this.#load(this.code, offer.qr);
    await Promise.race([
      Promise.all([this.#picture(offer.image), this.code.decode().catch(() => {})]),
      new Promise((resolve) => setTimeout(resolve, pictureWait)),
    ]);
  }

  #load(img, link) {
    const url = httpURL(link);
    if (url && img.src !== url) img.setAttribute("src", url);
    return url !== "";
  }

  // A picture that cannot be had leaves no hole.
  async #picture(link) {
    const plain = !link || !this.#load(this.picture, link) || !(await this.picture.decode().then(() => true, () => false));
    this.element.classList.toggle("plain", plain);
    this.picture.parentElement.hidden = plain;
    if (this.element.isConnected) this.fit();
  }

  /** show fills in an offer. */
  show(offer) {
    const before = this.#offer;
    this.#offer = offer;
    const { say, locale } = this.#settings;
    const p = this.#parts;
    const money = (amount) => moneyText(amount, offer.currency, offer.digits, locale);
    setText(p.title, offer.title);
    setText(p.price, money(offer.price));
    setText(p.compare, offer.compare_at ? money(offer.compare_at) : "");
    p.compare.hidden = !offer.compare_at;
    setText(p.ad, say[offer.disclosure] && offer.disclosure !== "own" ? say[offer.disclosure] : "");
    p.ad.hidden = p.ad.textContent === "";
    this.#way(offer.cta || say.buy, offer.text);
    if (before && before.image !== offer.image) this.#picture(offer.image);
    this.stock(offer.stock);
    if (this.element.isConnected) this.fit();
  }

  #way(cta, text) {
    const slash = text.indexOf("/");
    for (const way of this.ways) {
      setText(way.querySelector(".cta"), cta);
      setText(way.querySelector(".host"), text.slice(0, slash));
      setText(way.querySelector(".path"), text.slice(slash));
    }
  }

  /** stock says how many are left; null says nothing about it. */
  stock(stock) {
    const p = this.#parts;
    const text = stockText(this.#settings.say, stock, this.#settings.locale);
    const changed = p.stock.textContent !== text;
    setText(p.stock, text);
    p.stock.hidden = p.stock.textContent === "";
    p.stock.classList.toggle("few", isFew(stock));
    p.notes.classList.toggle("some", !p.ad.hidden || !p.stock.hidden);
    if (changed && this.element.isConnected) fit(p.notes);
  }

  /** fit makes all texts fit; the card must be on the page. */
  fit() {
    fit(this.#parts.notes);
    fit(this.#parts.title, { lines: 2 });
    fit(this.#parts.prices);
    fitWays(this.ways);
  }

  /** tick shows what time it is. A countdown never goes up. */
  tick(now) {
    const { starts, ends } = this.#offer;
    const phase = now < starts ? "soon" : ends ? "on" : "endless";
    if (this.element.dataset.phase !== phase) {
      this.element.dataset.phase = phase;
      this.#seconds = Infinity;
    }
    const p = this.#parts;
    const { say } = this.#settings;
    p.time.hidden = phase === "endless";
    if (phase === "endless") return;
    const until = phase === "soon" ? starts : ends;
    this.#seconds = Math.max(0, Math.min(this.#seconds, Math.ceil((until - now) / 1000)));
    setText(p.label, phase === "soon" ? say.starts : say.ends);
    const width = p.digits.textContent.length;
    setText(p.digits, clockText(1000 * this.#seconds, say.days));
    const whole = phase === "soon" ? 0 : ends - starts;
    this.element.style.setProperty("--share", whole > 0 ? Math.max(0, Math.min(1, (until - now) / whole)) : 1);
    this.element.classList.toggle("hurry", this.#seconds <= hurry);
    if (p.digits.textContent.length !== width && this.element.isConnected) this.fit();
  }

  /** soldOut says that there is no more. */
  soldOut() {
    const p = this.#parts;
    this.element.dataset.phase = "over";
    this.element.classList.remove("hurry");
    this.stock(null);
    p.time.hidden = false;
    p.label.hidden = true;
    setText(p.digits, this.#settings.say.out);
    this.ways.forEach((way) => { way.hidden = true; });
  }
}
