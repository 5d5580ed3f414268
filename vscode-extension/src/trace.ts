// What `pylot.explain` answers (docs/protocol.md), read with care: a newer server may say more.
import type { Speed } from './statusText.js';

export interface TraceStep {
  name: string;
  outcome: string;
  ms: number;
  details?: Record<string, unknown>;
}

/** What happened in one request for ghost text. */
export interface Trace {
  id: string;
  time: number;
  file: string;
  line: number;
  language: string;
  trigger: string;
  shown: number;
  source: string;
  sentence: string;
  steps: TraceStep[];
  promptTokens: Record<string, number>;
  reusedTokens: number;
  generatedTokens: number;
  firstTokenMs: number | null;
  totalMs: number | null;
}

/** Return how fast the model wrote the newest suggestion for which it wrote several tokens. */
export function speedOf(traces: readonly Trace[]): Speed | undefined {
  for (const trace of traces) {
    const seconds = ((trace.totalMs ?? 0) - (trace.firstTokenMs ?? 0)) / 1_000;
    const nPrompt = Object.values(trace.promptTokens).reduce((sum, count) => sum + count, 0);
    if (trace.firstTokenMs !== null && trace.generatedTokens > 1 && seconds > 0) {
      const reusedShare = nPrompt === 0 ? 0 : Math.min(1, trace.reusedTokens / nPrompt);
      return { tokensPerSecond: (trace.generatedTokens - 1) / seconds, reusedShare };
    }
  }
  return undefined;
}
