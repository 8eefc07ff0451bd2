/**
 * A URL as logs, reports and failures tell it: who reads those need not have the password or the signature that may
 * stand in it. Of `http(s):` the origin and the path; others have no secrets, and are told whole.
 */
export function shownUrl(url: string): string {
  if (!/^https?:/i.test(url)) return url
  const parsed = URL.parse(url)
  return parsed ? `${parsed.origin}${parsed.pathname}` : url.replace(/:.*/s, '://…')
}
