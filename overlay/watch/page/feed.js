// The player that plays the feed: about a second behind, and it stays there.

import { Line, Refused } from "./line.js";
import { Pace } from "./pace.js";
import { Sink } from "./sink.js";

const lookEvery = 100;
const steady = 3_000;     // for how long pictures must have moved for all to be well again
const mostBroken = 3;     // pictures in a row that cannot be decoded, after which it rests
const brokenWait = 60_000;
const enough = 0.25;      // seconds that must have come before it begins

/**
 * Feed plays for as long as it is wanted. It fires "frame" with the media time,
 * in milliseconds, of each picture that is shown, "moving" when pictures come,
 * "stuck" when they do not, "drained" when the last one has been shown, and
 * "refused" with the server's or the browser's reason.
 */
export class Feed extends EventTarget {
  video;
  halted = false; // by the viewer
  behind = 5_000; // the most, in milliseconds, that its picture may be behind what is told
  #Source;
  #pace = new Pace();
  #sink = null;
  #line;
  #over = false;  // the feed has ended, what has come is played
  #movingSince = null;
  #failures = 0;  // in a row: pictures that could not be decoded
  #begun = false; // the sink has been positioned

  constructor(video, url, Source) {
    super();
    this.video = video;
    this.#Source = Source;
    this.#line = new Line(url, {
      open: (type, epoch) => this.#open(type, epoch),
      take: (piece) => this.#take(piece),
      refused: (error) => this.#say("refused", error),
      ended: () => { this.#over = true; },
    });
    setInterval(() => this.#look(), lookEvery);
    document.addEventListener("visibilitychange", () => {
      this.#look();
      if (!document.hidden) this.#line.kick();
    });
    video.addEventListener("waiting", () => this.#waiting());
    video.addEventListener("playing", () => this.#moving());
    video.addEventListener("error", () => this.#broken());
    this.#frames();
  }

  /** mediaTime is that of the picture that is shown, moving or not; null for none. */
  mediaTime() {
    return this.#begun ? this.video.currentTime * 1000 : null;
  }

  /** ahead is how many seconds have come that are not played yet. */
  ahead() {
    return this.#sink ? this.#sink.end() - this.video.currentTime : 0;
  }

  go() {
    this.#over = false;
    this.#failures = 0;
    this.#line.go();
  }

  /** finish plays what has come, and then no more. */
  finish() {
    this.#line.finish();
  }

  stop() {
    this.#line.stop();
  }

  /** live jumps to the newest picture. */
  live() {
    if (this.#sink && this.#sink.end() > 0) this.#seek();
  }

  // open has a sink for what comes next: the one that is there if it continues.
  async #open(type, epoch) {
    if (!this.#Source.isTypeSupported(type)) throw new Refused(0, type);
    if (this.#movingSince !== null) this.#movingSince = Date.now(); // by what came before
    if (this.#sink?.fits(type, epoch) && !this.video.error) return this.#sink.restart();
    this.#replace();
    this.#sink = new Sink(this.video, this.#Source, type, epoch);
    return this.#sink.opened;
  }

  #take(piece) {
    if (this.#sink.append(piece)) return true;
    this.#replace();
    return false;
  }

  #replace() {
    if (this.video.videoWidth > 0) this.#say("replaced");
    this.#sink?.close();
    this.#sink = null;
    this.#begun = false;
    this.#movingSince = null;
  }

  // look is called many times a second, less often when nobody looks.
  #look() {
    this.#line.look();
    if (!this.#sink || this.#sink.end() < 0) return;
    if (this.#over) this.#sink.finish(); // else the last pictures are waited with
    if (!this.#begun) return this.#begin();
    const ahead = this.ahead();
    if (this.#over && (ahead < 0.1 || this.video.ended)) return this.#drain();
    if (this.video.paused) return;
    if (this.#line.flowing && this.#movingSince !== null && Date.now() - this.#movingSince > steady) this.#well();
    if (this.video.currentTime < this.#sink.start() - 0.01 || this.#pace.jumps(ahead)) return this.#seek();
    // Out of sight there are too few looks to steer by.
    this.#setRate(this.#over || document.hidden ? 1 : this.#pace.rate(ahead));
  }

  #begin() {
    const length = this.#sink.end() - this.#sink.start();
    if (length < enough && !this.#over) return;
    this.#begun = true;
    this.#seek();
    if (!this.halted) this.video.play().catch((error) => { if (error.name === "NotAllowedError") this.#say("halted"); });
  }

  #seek() {
    this.video.currentTime = Math.max(this.#sink.start(), this.#sink.end() - this.#pace.target);
  }

  #setRate(rate) {
    if (this.video.playbackRate !== rate) this.video.playbackRate = rate;
  }

  #drain() {
    this.#over = false;
    this.#sink.close();
    this.#sink = null;
    this.#begun = false;
    this.#movingSince = null;
    this.#say("drained");
  }

  // well is when the next trouble is another one. That bytes come tells nothing.
  #well() {
    this.#line.waits();
    this.#failures = 0;
  }

  #waiting() {
    this.#movingSince = null;
    if (!this.#begun || this.video.paused || this.#over) return;
    if (this.ahead() < 0.15) this.#pace.stalled();
    this.#say("stuck");
  }

  #moving() {
    this.#movingSince ??= Date.now();
    this.#say("moving");
  }

  // What cannot be decoded is left behind. When that helps no more, the viewer is
  // told, and it is tried again now and then.
  #broken() {
    if (!this.#sink) return;
    console.warn("watch: the video cannot go on:", this.video.error?.message);
    this.#replace();
    if (++this.#failures >= mostBroken) {
      this.#line.waits(brokenWait);
      this.#say("stuck");
      this.#say("refused", new Refused(0, "what comes cannot be decoded"));
    }
    this.#line.cut();
  }

  #frames() {
    const video = this.video;
    if (!video.requestVideoFrameCallback) {
      video.addEventListener("timeupdate", () => this.#say("frame", video.currentTime * 1000));
      return;
    }
    const shown = (_, frame) => {
      this.#say("frame", frame.mediaTime * 1000);
      video.requestVideoFrameCallback(shown);
    };
    video.requestVideoFrameCallback(shown);
  }

  #say(what, detail) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }
}
