import { z } from 'zod';
import { type Effort, spend, STEPS } from './effort.ts';
import type { PiiHit } from './pii-hit.ts';

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`(?<![\\w.-])(?:${OCTET}\\.){3}${OCTET}(?![\\w-]|\\.\\w)`, 'g');
/** Addresses that belong to nobody: this host, the loopback, broadcast, netmasks. */
const NOBODYS = /^(?:127\.|0\.0\.0\.0$|255\.)/;
/** Four numbers with dots behind such a word are a version, or an enzyme. */
const VERSION_BEFORE =
  /(?:\bv|\bec|version|release|build|firmware|revision|\brev|upgraded? (?:to|from)|chapter|section|§)[\s"':.=#]{0,4}$/i;
const LABEL_REACH = 24;

const MAY_BE_IPV6 = /::|:[0-9a-f]{1,4}:[0-9a-f]{1,4}:/i;
const IPV6 = /(?<![\p{L}\p{N}:._-])[0-9a-f:][0-9a-f:.]{3,44}(?![\p{L}\p{N}_])/giu;
const isIpv6 = (text: string): boolean => z.ipv6().safeParse(text).success;

export const findIpv4 = (text: string, hits: PiiHit[], effort: Effort): void => {
  for (const { 0: address, index: start } of text.matchAll(IPV4)) {
    if (!spend(effort, STEPS.hit)) return;
    if (NOBODYS.test(address)) continue;
    if (VERSION_BEFORE.test(text.slice(Math.max(0, start - LABEL_REACH), start))) continue;
    hits.push({ kind: 'ip', start, end: start + address.length });
  }
};

/** A `::` with nothing but letters around it is more often a name in code (`Face::add`) than an address. */
export const findIpv6 = (text: string, hits: PiiHit[], effort: Effort): void => {
  if (!MAY_BE_IPV6.test(text)) return;
  for (const { 0: found, index: start } of text.matchAll(IPV6)) {
    if (!spend(effort, STEPS.address)) return;
    const address = found.replace(/[.:]$/, (last) => (last === ':' && found.endsWith('::') ? last : ''));
    if (!/\d/.test(address) || address.length < 5 || !isIpv6(address)) continue;
    hits.push({ kind: 'ip', start, end: start + address.length });
  }
};
