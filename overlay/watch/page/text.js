// What the page says. Words of hosts are shown as they are.

export const words = {
  buy: "Buy now",
  few: "Only # left",
  many: "# available",
  out: "Sold out",
  ends: "Ends in",
  starts: "Starts in",
  affiliate: "Ad · affiliate link",
  sponsored: "Ad · sponsored",
  days: "d",
  opens: "opens in a new tab",
  hide: "Hide this offer",
  began: "New offer: # for $",
  soon: "Coming up: # for $",
  gone: "No longer on offer: #",
  soldOut: "Sold out: #",
  offair: "Not live right now",
  comeback: "This page starts by itself when the show begins.",
  startsSoon: "Starting any moment",
  thanks: "Thank you for watching",
  stillOn: "These offers still run. They are listed on this page.",
  next: "Next show",
  connecting: "Connecting…",
  slowLine: "The connection is slow. It goes on in a moment.",
  slowStart: "The connection is slow, or many people want to watch. Trying…",
  lost: "No connection to the server. Trying again…",
  busy: "Many people want to watch. Trying again…",
  cannot: "This browser cannot play the show: #",
  noFormat: "its video format is not supported here. Try another browser.",
  tooOld: "it can play no live video. Try a newer one.",
  play: "Play",
  pause: "Pause",
  soundOn: "Sound on",
  soundOff: "Sound off",
  full: "Full screen",
  notFull: "Leave full screen",
  tapToPlay: "Tap to play",
  sound: "Tap for sound",
  seeNow: "See in the shop",
  noShow: "There is no recording of this show.",
  noShowNow: "The recording cannot be played now. Try again later.",
  host: "Host",
  moderator: "Moderator",
  youAre: "You write as #.",
  needName: "Choose a name first.",
  slowMode: "One message every # seconds",
  notSent: "That could not be sent. Try again.",
  unanswered: "The server does not answer. If your message does not appear, send it again.",
  notErased: "That could not be erased. Try again.",
  objected: "Your browser asks not to be tracked, so you are not recognised when you come back.",
};

const few = 10; // pieces that are "only" so many

/** stockText says how many are left, truly; "" when that is not limited. */
export function stockText(stock) {
  if (stock == null) return "";
  return (stock <= few ? words.few : words.many).replace("#", count(stock));
}

export const isFew = (stock) => stock != null && stock <= few;

/** count writes a number as people here do. */
export const count = (n) => new Intl.NumberFormat().format(n);

/** clockText writes milliseconds as 0:07, 12:34, 1:02:03 or 2 d 1:02:03. */
export function clockText(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor(seconds / 3600) % 24;
  const rest = two(Math.floor(seconds / 60) % 60) + ":" + two(seconds % 60);
  if (days > 0) return `${days} ${words.days} ${hours}:${rest}`;
  return hours > 0 ? `${hours}:${rest}` : rest.replace(/^0/, "");
}

/** moneyText writes an amount in minor units. */
export function moneyText(amount, currency, digits) {
  return new Intl.NumberFormat(undefined, { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits }).format(amount / 10 ** digits);
}

/** dateText writes when something will be, for where the viewer is. */
export function dateText(time) {
  return new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", hour: "numeric", minute: "2-digit", timeZoneName: "short" }).format(time);
}

/** setText changes a text only when it is another one. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** announce tells those who cannot see the page. */
export function announce(text) {
  document.getElementById("say").textContent = text;
}
