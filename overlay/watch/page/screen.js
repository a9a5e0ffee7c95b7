// What is to be seen in the player: the picture, or why there is none.

import { setText } from "./format.js";
import { whenHidden } from "./hidden.js";
import { words } from "./text.js";

const patient = 1_500;  // milliseconds without a picture before anybody speaks of it
const unanswered = 2_000; // milliseconds without word from the server before it is said

export class Screen {
  #player;
  #controls;
  #curtain;
  #awayFor;
  #session = "";
  #told = false;    // whether it is live
  #live = false;
  #shown = false;   // the picture is in sight
  #moves = false;
  #resting = false; // nobody sees or hears it
  #stuckAt = null;
  #refused = null;
  #ending;
  #still = document.querySelector(".still");
  #trouble = document.querySelector(".trouble");
  #spinner = document.querySelector(".spinner");

  constructor(player, controls, curtain, awayFor) {
    this.#player = player;
    this.#controls = controls;
    this.#curtain = curtain;
    this.#awayFor = awayFor;
    setInterval(() => this.#look(), 250);
    if (!player) return;
    player.addEventListener("moving", () => this.#moving());
    player.addEventListener("frame", () => { if (this.#live) this.#refused = null; });
    player.addEventListener("stuck", () => this.#stands());
    player.addEventListener("replaced", () => this.#freeze());
    player.addEventListener("drained", () => {
      this.#moves = false;
      if (!this.#live) this.#end();
    });
    player.addEventListener("refused", (event) => { this.#refused = event.detail; });
    player.addEventListener("halted", () => controls.halted());
    player.video.addEventListener("resize", () => this.#shape());
    whenHidden(() => this.#rest(), () => this.#wake());
  }

  /** heard tells whether somebody hears it, or sees it beside the page. */
  heard() {
    const { muted, paused } = this.#player?.video ?? { paused: true };
    return Boolean(document.pictureInPictureElement) || !muted && !paused;
  }

  /** busy tells whether somebody is watching. */
  busy() {
    return this.#live || this.#shown;
  }

  state({ session, since }) {
    this.#told = true;
    const live = Boolean(since);
    const anew = session !== this.#session;
    this.#session = session;
    this.#live = live;
    if (live && anew && !this.#resting) this.#begin();
    else if (!live && anew) this.#finish();
  }

  #begin() {
    clearTimeout(this.#ending);
    this.#refused = null;
    if (!this.#moves) this.#stuckAt = performance.now();
    this.#player?.go();
  }

  // Who neither sees nor hears it needs no picture.
  #rest() {
    if (this.heard()) return false;
    this.#resting = true;
    this.#player.stop();
    return true;
  }

  #wake() {
    this.#resting = false;
    if (this.#live) this.#begin();
  }

  // The picture is a little behind what is told: it is played to its end.
  #finish() {
    this.#player?.finish();
    clearTimeout(this.#ending);
    if (this.#shown) this.#ending = setTimeout(() => this.#end(), this.#player.behind);
    else this.#end();
  }

  #end() {
    clearTimeout(this.#ending);
    this.#shown = false;
    this.#stuckAt = null;
    this.#still.hidden = true;
    this.#controls?.on(false);
    this.#curtain.fall();
  }

  #stands() {
    this.#moves = false;
    this.#stuckAt ??= performance.now();
  }

  #moving() {
    this.#moves = true;
    this.#stuckAt = null;
    this.#still.hidden = true;
    if (this.#shown || !this.#live) return;
    this.#shown = true;
    this.#curtain.rise();
    this.#controls.on(true);
  }

  // The last picture stays in sight until there is another one.
  #freeze() {
    const { video } = this.#player;
    this.#stands();
    if (!this.#shown || video.videoWidth === 0) return;
    this.#still.width = video.videoWidth;
    this.#still.height = video.videoHeight;
    this.#still.getContext("2d").drawImage(video, 0, 0);
    this.#still.hidden = false;
  }

  #shape() {
    const { videoWidth, videoHeight } = this.#player.video;
    document.documentElement.classList.toggle("upright", videoHeight > videoWidth);
  }

  #look() {
    const waits = this.#live && this.#stuckAt !== null && performance.now() - this.#stuckAt > patient && !this.#player?.halted;
    this.#spinner.hidden = !waits || Boolean(this.#final());
    setText(this.#trouble, this.#words(waits));
  }

  #words(waits) {
    if (!this.#told) return this.#awayFor() > unanswered ? words.slowStart : "";
    if (this.#live && !this.#player) return words.cannot.replace("#", words.tooOld);
    return waits ? this.#reason() : "";
  }

  // final is why it will not get better by waiting.
  #final() {
    if (this.#refused?.status === 0) return words.noFormat;
    return this.#refused?.status === 415 ? this.#refused.message : "";
  }

  #reason() {
    const final = this.#final();
    if (final) return words.cannot.replace("#", final);
    if (this.#refused?.status === 503) return words.busy;
    if (this.#awayFor() > 2000 || !navigator.onLine) return words.lost;
    return this.#shown ? words.slowLine : words.connecting;
  }
}
