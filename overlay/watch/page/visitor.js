// A random name for this browser, so that the shop knows how many come back. Who
// does not want that has none.

const key = "hawker.visitor";
const optedOut = "none";

/** objects tells whether the browser says that its user wants not to be known again. */
export const objects = () => navigator.globalPrivacyControl === true || navigator.doNotTrack === "1" || globalThis.doNotTrack === "1";

function read() {
  try {
    return localStorage.getItem(key);
  } catch {
    return optedOut; // storage is forbidden here
  }
}

function write(value) {
  try {
    localStorage.setItem(key, value);
    return true;
  } catch {
    return false;
  }
}

/** refuses tells whether the viewer has chosen not to be recognised. */
export const refuses = () => read() === optedOut;

/** refuse takes note of that choice, or of another. */
export function refuse(yes) {
  if (yes) return write(optedOut);
  try {
    localStorage.removeItem(key);
    return true;
  } catch {
    return false;
  }
}

/** visitor is the name; "" for none. */
export function visitor() {
  if (objects()) {
    if (!refuses()) refuse(false); // what was kept before is gone
    return "";
  }
  const known = read();
  if (known === optedOut) return "";
  if (/^[0-9a-f]{32}$/.test(known ?? "")) return known;
  const fresh = [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
  return write(fresh) ? fresh : "";
}
