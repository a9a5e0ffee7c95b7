// Plays a stream: a feed of fragments by way of Media Source Extensions where
// the browser has them, HLS where it plays that itself. A browser that has the
// first is not asked about the second: some say that they may play HLS, and do
// so many seconds late.

import { Feed } from "./feed.js";
import { Native } from "./native.js";

const Source = globalThis.ManagedMediaSource ?? globalThis.MediaSource;

/** makePlayer returns the player for a browser; null when it can play nothing. */
export function makePlayer(video, base) {
  if (Source) return new Feed(video, base + "/live.mp4", Source);
  if (video.canPlayType("application/vnd.apple.mpegurl")) return new Native(video, base);
  return null;
}
