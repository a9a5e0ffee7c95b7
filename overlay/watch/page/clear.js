// What stays on top while the page scrolls does not lie on what has the focus, nor
// on what a link leads to.

/** keepClear has the page scroll to below what stays, as high as that is. */
export function keepClear() {
  const parts = [...document.querySelectorAll(".stage, .player")];
  const look = () => {
    const staying = parts.filter((part) => getComputedStyle(part).position === "sticky");
    document.documentElement.style.scrollPaddingTop = `${12 + Math.max(0, ...staying.map((part) => part.offsetHeight))}px`;
  };
  const observer = new ResizeObserver(look);
  for (const part of parts) observer.observe(part);
  addEventListener("resize", look);
}
