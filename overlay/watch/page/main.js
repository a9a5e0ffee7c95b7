// The page of a stream: what is told goes to who shows it.

import { Chat } from "./chat.js";
import { keepClear } from "./clear.js";
import { Clock } from "./clock.js";
import { Controls } from "./controls.js";
import { Cues } from "./cues.js";
import { Curtain } from "./curtain.js";
import { Events } from "./events.js";
import { count, setText } from "./format.js";
import { whenHidden } from "./hidden.js";
import { Offers } from "./offers.js";
import { makePlayer } from "./player.js";
import { Renewal } from "./renewal.js";
import { Screen } from "./screen.js";
import { send } from "./send.js";
import { Privacy } from "./privacy.js";
import { visitor } from "./visitor.js";

const { stream, version } = document.body.dataset;
const base = "/" + stream;
const framed = "embed" in document.documentElement.dataset;
const clock = new Clock();
const offers = new Offers(clock, () => events.awayFor());
const curtain = new Curtain(clock, offers);
const player = makePlayer(document.querySelector("video"), base);
const screen = new Screen(player, player && new Controls(player), curtain, () => events.awayFor());
const cues = new Cues(player, (state) => offers.state(state));

function crowd(viewers) {
  const element = document.querySelector(".crowd");
  if (!element) return;
  element.hidden = false;
  setText(element.querySelector(".count"), count(viewers));
}

// A viewer who watches, writes, or is about to buy is not interrupted.
const renewal = new Renewal(version, () => screen.busy() || document.querySelector("input:focus, article:has(:focus-visible)") ||
  matchMedia("(hover: hover)").matches && document.querySelector("article:hover"));

let named = false; // this page tells of its visits itself
let seen = 0;      // the broadcast for which this page has been counted

function address() {
  named = !framed && visitor() !== ""; // in a frame there is no line that says so
  const query = new URLSearchParams();
  if (named) query.set("named", "1");
  if (seen) query.set("seen", String(seen));
  return `${base}/events?${query}`;
}

// visit tells once in each broadcast who sees it.
async function visit(since) {
  if (!since || since === seen) return;
  seen = since;
  if (!named) return;
  const { ok } = await send(base + "/visit", { visitor: visitor() }).catch(() => ({ ok: false }));
  if (!ok && seen === since) seen = 0; // with the next state
}

const events = new Events(address, {
  state(state) {
    visit(state.since);
    curtain.state(state);
    screen.state(state);
    cues.push(state);
    renewal.want(state.page);
  },
  beat(beat) {
    clock.sync(beat.now);
    crowd(beat.viewers);
    renewal.look();
  },
});

whenHidden(() => !screen.heard() && events.sleep(), () => events.now());

if ("chat" in document.documentElement.dataset) new Chat(base);
new Privacy(() => {
  events.sleep(); // and comes again as who the viewer wants to be
  events.now();
});

keepClear();

const tabs = document.querySelector(".tabs");
if (tabs) {
  tabs.hidden = false;
  tabs.addEventListener("click", (event) => {
    const tab = event.target.closest("button")?.dataset.tab;
    if (!tab) return;
    document.documentElement.dataset.tab = tab;
    for (const button of tabs.children) button.setAttribute("aria-pressed", String(button.dataset.tab === tab));
  });
}
