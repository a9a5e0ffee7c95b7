// One offer on the page.

import { clockText, httpURL, isFew, moneyText, setText, stockText } from "./format.js";
import { words } from "./text.js";

const hurry = 10_000; // milliseconds before the end

/** Card is one offer on the page; closes is called by who does not want to see it. */
export class Card {
  #parts = {};
  #least = Infinity; // of the countdown, which never goes up
  offer;
  phase = "";

  constructor(closes) {
    this.element = document.importNode(document.getElementById("offer").content.firstElementChild, true);
    for (const name of ["ad", "stock", "notes", "title", "price", "compare", "time", "label", "digits", "buy"]) {
      this.#parts[name] = this.element.querySelector("." + name);
    }
    const img = this.element.querySelector("img");
    img.addEventListener("error", () => { this.element.classList.add("plain"); });
    if (closes) this.element.append(closer(closes));
  }

  show(offer) {
    const p = this.#parts;
    const money = (amount) => moneyText(amount, offer.currency, offer.digits);
    this.offer = offer;
    setText(p.title, offer.title);
    setText(p.price, money(offer.price));
    setText(p.compare, offer.compare_at ? money(offer.compare_at) : "");
    p.compare.hidden = !offer.compare_at;
    setText(p.ad, words[offer.disclosure] ?? "");
    p.ad.hidden = p.ad.textContent === "";
    setText(p.buy, offer.cta || offer.call || words.buy);
    p.buy.lang = offer.cta ? p.title.lang : document.documentElement.lang;
    p.buy.setAttribute("aria-label", `${p.buy.textContent}: ${offer.title} (${words.opens})`);
    const link = httpURL(offer.link);
    if (link) p.buy.href = link;
    this.#picture(offer.image);
    this.stock(offer.stock);
  }

  #picture(link) {
    const img = this.element.querySelector("img");
    const url = link ? httpURL(link) : "";
    if (url && img.src === url) return;
    this.element.classList.toggle("plain", !url);
    if (url) img.src = url;
  }

  stock(stock) {
    const p = this.#parts;
    setText(p.stock, stockText(words, stock));
    p.stock.hidden = p.stock.textContent === "";
    p.stock.classList.toggle("few", isFew(stock));
    p.notes.hidden = p.stock.hidden && p.ad.hidden;
  }

  tick(now, stale) {
    if (this.phase === "over") return;
    const { starts, ends, stock } = this.offer;
    const phase = now < starts ? "soon" : ends ? "on" : "endless";
    if (phase !== this.phase) this.#least = Infinity;
    this.phase = phase;
    this.element.dataset.phase = phase;
    this.stock(stale ? null : stock);
    const p = this.#parts;
    p.time.hidden = phase === "endless";
    if (phase === "endless") return;
    this.#least = Math.max(0, Math.min(this.#least, (phase === "soon" ? starts : ends) - now));
    setText(p.label, phase === "soon" ? words.starts : words.ends);
    setText(p.digits, clockText(this.#least));
    this.element.classList.toggle("hurry", phase === "on" && this.#least <= hurry);
  }

  over() {
    this.phase = "over";
    this.element.dataset.phase = "over";
    const p = this.#parts;
    this.stock(null);
    p.time.hidden = false;
    setText(p.label, "");
    setText(p.digits, words.out);
    p.buy.removeAttribute("href");
    p.buy.hidden = true;
  }
}

function closer(close) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "close";
  button.setAttribute("aria-label", words.hide);
  button.append(icon("close"));
  button.addEventListener("click", close);
  return button;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", "#i-" + name);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}
