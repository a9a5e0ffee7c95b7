// How pages write numbers, prices and times, and what they put on themselves.

const few = 10; // pieces that are "only" so many

function number(n, locale, style) {
  try {
    return new Intl.NumberFormat(locale || undefined, style).format(n);
  } catch {
    return new Intl.NumberFormat(undefined, style).format(n); // no such locale
  }
}

/** count writes a number as people of a locale do; without one, as those here. */
export const count = (n, locale) => number(n, locale);

/** moneyText writes an amount in minor units, in the same way. */
export function moneyText(amount, currency, digits, locale) {
  return number(amount / 10 ** digits, locale, { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** stockText says how many are left, truly; "" when that is not limited. */
export function stockText(words, stock, locale) {
  if (stock == null) return "";
  return (stock <= few ? words.few : words.many).replace("#", count(stock, locale));
}

/** isFew tells whether so few are left that it is worth a colour. */
export const isFew = (stock) => stock != null && stock <= few;

/** clockText writes milliseconds as 0:07, 12:34, 1:02:03 or 2 d 1:02:03. */
export function clockText(milliseconds, days = "d") {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600) % 24;
  const rest = two(Math.floor(seconds / 60) % 60) + ":" + two(seconds % 60);
  if (seconds >= 86400) return `${Math.floor(seconds / 86400)} ${days} ${hours}:${rest}`;
  return hours > 0 ? `${hours}:${rest}` : rest.replace(/^0/, "");
}

/** httpURL is a link that may be followed; "" for any other. */
export function httpURL(link) {
  try {
    const url = new URL(link, location.href);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : "";
  } catch {
    return "";
  }
}

/** setText changes a text only when it is another one. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
