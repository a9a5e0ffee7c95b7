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
  stillOn: "What is still on offer is listed on this page.",
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

/** dateText writes when something will be, for where the viewer is. */
export function dateText(time) {
  return new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", hour: "numeric", minute: "2-digit", timeZoneName: "short" }).format(time);
}

/** announce tells those who cannot see the page. */
export function announce(text) {
  document.getElementById("say").textContent = text;
}
