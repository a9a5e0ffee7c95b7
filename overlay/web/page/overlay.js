// The page that OBS puts over the picture. Its address may say
//   layout=vertical or horizontal   (by the shape of the page)
//   position=right, center, top, or two of them such as "top right"
//   lang=de        the overlay's own words
//   locale=de-AT   how prices are written; that of the browser
//   turn=15        for how many seconds each is shown when several offers run

import { Clock } from "./clock.js";
import { Feed } from "./feed.js";
import { Stage } from "./stage.js";
import { words } from "./text.js";

const query = new URLSearchParams(location.search);
const root = document.documentElement;
const say = words(query.get("lang"));
const settings = { say, locale: query.get("locale"), turn: 1000 * (Number(query.get("turn")) || 15) };
const version = new URL(import.meta.url).pathname.split("/")[2];

root.lang = say.language;
root.dataset.position = query.get("position") ?? "";

function layout() {
  const wanted = query.get("layout");
  const upright = wanted === "vertical" || (wanted !== "horizontal" && innerHeight > innerWidth);
  root.dataset.layout = upright ? "vertical" : "horizontal";
}

// renew loads the page again when the server has another one: once for each, in
// case something on the way keeps an old one, and only if there is one just now.
async function renew(other) {
  if (sessionStorage.getItem("renewed") === other) return;
  const status = await fetch(location.href, { cache: "no-store" }).then((answer) => answer.status, () => 0);
  if (status !== 200) return;
  sessionStorage.setItem("renewed", other);
  location.reload();
}

layout();
const clock = new Clock();
let latest = version; // that the server has
const feed = new Feed(location.pathname + "/events?key=" + encodeURIComponent(query.get("key") ?? ""), {
  state(view) {
    latest = view.version;
    if (latest !== version) return renew(latest);
    clock.sync(view.now);
    stage.state(view);
    root.dataset.connected = "";
  },
  beat(at) {
    clock.sync(at.now);
    if (latest !== version) renew(latest);
  },
}, () => stage.state({ offers: [], banners: [] }));
const stage = new Stage(settings, clock, feed);
addEventListener("resize", () => { layout(); stage.fit(); });
setInterval(() => { if ("connected" in root.dataset) stage.tick(); }, 200);
