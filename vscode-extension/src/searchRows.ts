// One hit of `pylot.search` as a row of a list.
import type { Position } from './suggestions.js';

export interface Hit {
  uri: string;
  path: string;
  range: { start: Position; end: Position };
  symbol: string;
  kind: string;
  excerpt: string;
  reason: string;
}

const ICONS: Record<string, string> = { class: 'symbol-class', function: 'symbol-function', method: 'symbol-method' };

/** Return the label, where it is, and why it was found. */
export function hitRow({ path, range, symbol, kind, excerpt, reason }: Hit): { label: string; description: string; detail: string } {
  const firstLine = excerpt.split('\n').find(line => line.trim() !== '')?.trim() ?? '';
  return {
    label: `$(${ICONS[kind] ?? 'file-code'}) ${symbol || firstLine || path}`,
    description: `${path}:${range.start.line + 1}`,
    detail: [firstLine, reason].filter(Boolean).join(' — '),
  };
}
