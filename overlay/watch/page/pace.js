// How far behind the newest picture to play, and how fast to get there.

const least = 0.65;      // seconds of what has come that are not played yet
const most = 2.5;
const afterStall = 0.3;  // more of them when they were too few
const calm = 15_000;     // milliseconds without a stall after which fewer are tried
const slow = 0.95;
const fast = 1.1;

// WebKit on Linux takes another rate badly: it turns the sound on, and stands still
// for seconds or for good (seen in 2.50). There is one rate there.
const oneRate = /Linux/.test(navigator.userAgent) && !/Android|Chrom|Firefox/.test(navigator.userAgent);
const tooFar = oneRate ? 1 : 4; // seconds beyond which it jumps instead of playing faster

export class Pace {
  target = least;
  #calmSince = performance.now();
  #correcting = false;

  /** stalled says that there was nothing left to play. */
  stalled() {
    this.target = Math.min(most, this.target + afterStall);
    this.#calmSince = performance.now();
  }

  /** jumps tells whether so many seconds are too many to catch up with. */
  jumps(ahead) {
    return ahead > this.target + tooFar;
  }

  /** rate is how fast to play with so many seconds ahead. */
  rate(ahead) {
    if (performance.now() - this.#calmSince > calm && this.target > least) {
      this.target = Math.max(least, this.target - 0.1);
      this.#calmSince = performance.now();
    }
    if (oneRate) return 1;
    const off = ahead - this.target;
    if (Math.abs(off) > 0.12) this.#correcting = true;
    if (Math.abs(off) < 0.03) this.#correcting = false;
    if (!this.#correcting) return 1;
    return Math.round(Math.min(fast, Math.max(slow, 1 + off * 0.2)) * 100) / 100;
  }
}
