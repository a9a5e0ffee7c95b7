// What the overlay says, by language. Words of hosts are shown as they are.

const texts = {
  en: { ends: "Ends in", starts: "Starts in", few: "Only # left", many: "# available", out: "Sold out", buy: "Buy now", affiliate: "Affiliate link – ad", sponsored: "Sponsored – ad", days: "d" },
  de: { ends: "Endet in", starts: "Beginnt in", few: "Nur noch # da", many: "# verfügbar", out: "Ausverkauft", buy: "Jetzt kaufen", affiliate: "Affiliate-Link – Anzeige", sponsored: "Gesponsert – Anzeige", days: "T" },
  es: { ends: "Termina en", starts: "Empieza en", few: "Solo quedan #", many: "# disponibles", out: "Agotado", buy: "Comprar", affiliate: "Enlace de afiliado – publicidad", sponsored: "Patrocinado – publicidad", days: "d" },
  fr: { ends: "Fin dans", starts: "Début dans", few: "Plus que #", many: "# disponibles", out: "Épuisé", buy: "Acheter", affiliate: "Lien affilié – publicité", sponsored: "Sponsorisé – publicité", days: "j" },
  it: { ends: "Termina tra", starts: "Inizia tra", few: "Solo # rimasti", many: "# disponibili", out: "Esaurito", buy: "Acquista", affiliate: "Link affiliato – pubblicità", sponsored: "Sponsorizzato – pubblicità", days: "g" },
  pt: { ends: "Termina em", starts: "Começa em", few: "Só restam #", many: "# disponíveis", out: "Esgotado", buy: "Comprar", affiliate: "Link de afiliado – publicidade", sponsored: "Patrocinado – publicidade", days: "d" },
  vi: { ends: "Kết thúc sau", starts: "Bắt đầu sau", few: "Chỉ còn #", many: "Còn #", out: "Hết hàng", buy: "Mua ngay", affiliate: "Liên kết tiếp thị – quảng cáo", sponsored: "Được tài trợ – quảng cáo", days: "n" },
};

// few is how many pieces are "only" so many.
const few = 10;

/** words of a language such as "de" or "pt-BR"; English when it is not known. */
export function words(language) {
  const base = (language || "").toLowerCase().split("-")[0];
  const known = Object.hasOwn(texts, base);
  return { ...texts[known ? base : "en"], language: known ? base : "en" };
}

/** stockText says how many are left, truly; "" when that is not limited. */
export function stockText(say, stock) {
  if (stock == null) return "";
  return (stock <= few ? say.few : say.many).replace("#", String(stock));
}

/** isFew tells whether so few are left that it is worth a colour. */
export const isFew = (stock) => stock != null && stock <= few;

/** clockText writes seconds as 0:07, 12:34, 1:02:03 or 2 d 1:02:03. */
export function clockText(say, seconds) {
  const two = (n) => String(n).padStart(2, "0");
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor(seconds / 3600) % 24;
  const rest = two(Math.floor(seconds / 60) % 60) + ":" + two(seconds % 60);
  if (days > 0) return `${days} ${say.days} ${hours}:${rest}`;
  return hours > 0 ? `${hours}:${rest}` : rest.replace(/^0/, "");
}

/** moneyText writes an amount in minor units, as people of a locale do. */
export function moneyText(amount, currency, digits, locale) {
  const style = { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits };
  const value = amount / 10 ** digits;
  try {
    return new Intl.NumberFormat(locale || undefined, style).format(value);
  } catch {
    return new Intl.NumberFormat(undefined, style).format(value); // no such locale
  }
}
