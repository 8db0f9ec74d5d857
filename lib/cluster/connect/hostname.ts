/** Of a URL, without the brackets that stand around an IPv6 address there. */
export function hostnameOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}
