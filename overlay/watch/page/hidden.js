// Pages that nobody looks at.

// A browser has six connections for a server that speaks HTTP/1.1, for all tabs
// together. Those that are out of sight for longer than this give theirs back.
const patience = 20_000;

/**
 * whenHidden calls hide when the page has been out of sight for a while, from its
 * beginning perhaps, and show when it is back after that. With false hide says that
 * it has not.
 */
export function whenHidden(hide, show) {
  let timer;
  let away = false;
  const look = () => {
    clearTimeout(timer);
    if (document.hidden) {
      timer = setTimeout(() => { away = hide() !== false; }, patience);
    } else if (away) {
      away = false;
      show();
    }
  };
  document.addEventListener("visibilitychange", look);
  look();
}
