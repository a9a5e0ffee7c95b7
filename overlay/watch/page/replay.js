// Earlier shows: their list, and one of them with what was on offer in it.

import { keepClear } from "./clear.js";
import { clockText, setText } from "./format.js";
import { Offers } from "./offers.js";
import { dateText, words } from "./text.js";

const { stream } = document.body.dataset;
const base = `/${stream}/replay`;
const date = location.pathname.split("/")[3] ?? "";
const what = document.getElementById("what");

async function load(path) {
  const response = await fetch(base + path);
  if (!response.ok) throw new Error(response.status === 404 ? words.noShow : words.noShowNow);
  return response.json();
}

async function list() {
  const { shows } = await load("/shows.json");
  const section = document.querySelector(".shows");
  section.hidden = false;
  section.querySelector(".none").hidden = shows.length > 0;
  for (const show of shows) {
    if (!show.playable) continue;
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = `${base}/${encodeURIComponent(show.date)}`;
    link.textContent = dateText(Date.parse(show.started));
    const length = document.createElement("span");
    length.textContent = clockText(show.duration_ms);
    item.append(link, length);
    section.querySelector("ul").append(item);
  }
}

// then is an offer as it was. What was left, and for how long, would be no truth any
// more: it is not told, and what it costs now the shop says.
const then = (offer) => ({ ...offer, ends: 0, stock: null, cta: "", call: words.seeNow });

// worthwhile is how much more there must be of a part that is being written to open
// it again, in s. Who is nearer to what goes on now has the live page for it.
const worthwhile = 5;

class Replay {
  #video = document.querySelector("video");
  #offers = new Offers({ now: () => Date.now() }, () => 0);
  #parts;
  #changes = [];
  #part = 0;
  #from = 0; // where in the part it was opened
  #shown = null;

  constructor(show) {
    this.#take(show);
    document.querySelector(".stage").hidden = false;
    document.querySelector(".offers").hidden = false;
    document.querySelector(".links .all").hidden = false;
    this.#video.addEventListener("ended", () => this.#next());
    this.#video.addEventListener("error", () => setText(what, words.noShowNow));
    for (const name of ["timeupdate", "seeked", "loadeddata"]) this.#video.addEventListener(name, () => this.#look());
    if (this.#video.requestVideoFrameCallback) this.#frame();
    this.#load(0);
  }

  // take takes what there is of the show now.
  #take(show) {
    this.#parts = show.parts;
    setText(what, `${dateText(Date.parse(show.started))} · ${clockText(show.duration_ms)}`);
    load(`/${date}/offers.json`).then(({ changes }) => {
      this.#changes = changes;
      this.#look();
    }, () => {}); // it goes without
  }

  #frame() {
    this.#look();
    this.#video.requestVideoFrameCallback(() => this.#frame());
  }

  #load(part, from = 0) {
    this.#part = part;
    this.#from = from;
    this.#video.src = `${base}/${date}/${encodeURIComponent(this.#parts[part].file)}${from ? `#t=${from}` : ""}`;
  }

  #play(part, from) {
    this.#load(part, from);
    this.#video.play().catch(() => {});
  }

  // next goes on with what there is by now of a part that was being written when it
  // was opened, or else with the next part.
  async #next() {
    const from = this.#video.currentTime;
    if (this.#parts[this.#part].running) {
      const show = await load(`/${date}.json`).catch(() => null);
      if (!show || !this.#video.ended) return; // who watches has gone back
      this.#take(show);
      const { running, duration_ms: length } = this.#parts[this.#part];
      const more = length / 1000 - from > (running ? worthwhile : 0.5) && from > this.#from;
      if (more) return this.#play(this.#part, from);
      if (running) return;
    }
    if (this.#part + 1 < this.#parts.length) this.#play(this.#part + 1);
  }

  // look shows what was on at the time of the picture, as the clock went.
  #look() {
    const at = Date.parse(this.#parts[this.#part].started) + this.#video.currentTime * 1000;
    let i = -1;
    while (i + 1 < this.#changes.length && this.#changes[i + 1].at <= at) i++;
    if (i === this.#shown) return;
    this.#shown = i;
    const { offers, banners } = this.#changes[i] ?? { offers: [], banners: [] };
    this.#offers.state({ offers: offers.map(then), banners: banners.map((b) => ({ ...b, ends: 0 })), over: [] });
  }
}

keepClear();
try {
  if (date) new Replay(await load(`/${date}.json`));
  else await list();
} catch (error) {
  setText(what, error.message);
}
