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

/** words of a language such as "de" or "pt-BR"; English when it is not known. */
export function words(language) {
  const base = (language || "").toLowerCase().split("-")[0];
  const known = Object.hasOwn(texts, base);
  return { ...texts[known ? base : "en"], language: known ? base : "en" };
}
