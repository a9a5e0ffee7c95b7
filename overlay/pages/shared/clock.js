// The server's time, whatever the clock of this machine says.

const kept = 20;     // samples that count: more than a minute of them
const jump = 2_000;  // a clock that is so far off was set
const apart = 1_000; // what was late on the way comes all at once

export class Clock {
  #samples = [];
  #early = null; // { sample, at }: one that says that it is earlier than was thought

  /** sync takes a time that the server has just told, in Unix milliseconds. */
  sync(serverNow) {
    const at = performance.now();
    const sample = serverNow - at;
    const off = this.#samples.length > 0 ? sample - this.#offset() : 0;
    if (off < -jump && !this.#agrees(sample, at)) return;
    this.#early = null;
    // A clock that was set makes all that was known before worthless.
    if (Math.abs(off) > jump) this.#samples = [];
    this.#samples.push(sample);
    if (this.#samples.length > kept) this.#samples.shift();
  }

  // A sample far behind is that of a clock that was set back, or of an event that
  // was long on its way: only the former comes twice, some time apart.
  #agrees(sample, at) {
    const before = this.#early;
    if (before && Math.abs(sample - before.sample) <= jump) return at - before.at >= apart;
    this.#early = { sample, at };
    return false;
  }

  // The sample that was the least under way: what is late makes the server's
  // time look earlier than it is.
  #offset() {
    return Math.max(...this.#samples);
  }

  /** now is this machine's own time until the server's is known. */
  now() {
    return this.#samples.length > 0 ? performance.now() + this.#offset() : Date.now();
  }
}
