// Where boxes begin in a stream of bytes (ISO/IEC 14496-12 section 4.2).

const name = (bytes, at) => String.fromCharCode(...bytes.subarray(at, at + 4));

function join(a, b) {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/**
 * Boxes cuts a feed into headers, which are ftyp and moov together, and the rest,
 * which it passes on as it comes.
 */
export class Boxes {
  #left = 0;       // of the box that is under way
  #head = new Uint8Array(0); // beginning of a box whose size is not known yet
  #header = null;  // ftyp and what follows, until moov is whole
  #last = false;   // the box under way is that moov

  /** take returns pieces in their order: { header, bytes }. */
  take(chunk) {
    const out = [];
    let bytes = this.#head.length > 0 ? join(this.#head, chunk) : chunk;
    this.#head = new Uint8Array(0);
    let from = 0; // what has not been passed on
    let at = 0;
    const pass = (to) => {
      if (to === from) return;
      const piece = bytes.subarray(from, to);
      if (this.#header) this.#header = join(this.#header, piece);
      else out.push({ header: false, bytes: piece });
      from = to;
    };
    for (;;) {
      const step = Math.min(this.#left, bytes.length - at);
      at += step;
      this.#left -= step;
      if (this.#left > 0) break;
      if (this.#last) {
        pass(at);
        out.push({ header: true, bytes: this.#header });
        this.#header = null;
        this.#last = false;
      }
      if (bytes.length - at < 8) {
        pass(at);
        this.#head = bytes.slice(at);
        return out;
      }
      const size = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0);
      if (size < 8) throw new Error("the feed is no fragmented MP4");
      const kind = name(bytes, at + 4);
      if (kind === "ftyp") {
        pass(at);
        this.#header = new Uint8Array(0);
      }
      this.#last = this.#header !== null && kind === "moov";
      this.#left = size;
    }
    pass(bytes.length);
    return out;
  }
}

// Boxes on the way to the sample entries, and how many bytes there are before
// the boxes in them.
const nested = { moov: 8, trak: 8, mdia: 8, minf: 8, stbl: 8, stsd: 16 };

/** tracks names the sample entries of a header, such as "avc1 mp4a". */
export function tracks(bytes) {
  const found = [];
  const walk = (from, to, within) => {
    for (let at = from; at + 8 <= to;) {
      const size = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0);
      if (size < 8 || at + size > to) return;
      const kind = name(bytes, at + 4);
      if (within === "stsd") found.push(kind);
      else if (nested[kind]) walk(at + nested[kind], at + size, kind);
      at += size;
    }
  };
  walk(0, bytes.length, "");
  return found.join(" ");
}
