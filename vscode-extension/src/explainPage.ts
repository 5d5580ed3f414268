// The page behind "Why this suggestion? Why none?", in Markdown.
import type { Trace, TraceStep } from './trace.js';
import { t } from './words.js';

/** Return the page for the last requests, the newest first; `here` says what keeps the editor itself from asking. */
export function explainPage(traces: readonly Trace[], here: string | undefined): string {
  const [newest, ...earlier] = traces;
  const parts = [`# ${headline(newest, here)}`];
  if (here !== undefined) {
    parts.push(here);
  }
  if (newest === undefined) {
    parts.push(t('Nothing has been asked yet in this window. Type somewhere, or run “Suggest Here”, and come back.'));
  } else {
    parts.push(section(newest));
  }
  if (earlier.length > 0) {
    parts.push(`## ${t('Before that')}`, table([t('where'), t('what became of it'), 'ms'], earlier.map(summaryRow)));
  }
  return parts.join('\n\n') + '\n';
}

function headline(newest: Trace | undefined, here: string | undefined): string {
  if (here !== undefined || newest === undefined) {
    return t('Why no suggestion?');
  }
  return newest.shown > 0 ? t('Why this suggestion?') : t('Why no suggestion?');
}

function section(trace: Trace): string {
  const parts = [
    `**${escape(outcome(trace))}**`,
    `${escape(trace.file)}, ${t('line {0}', trace.line)}, ${escape(trace.language)}`,
    table([t('step'), t('outcome'), 'ms', t('details')], trace.steps.map(stepRow)),
  ];
  const tokens = Object.entries(trace.promptTokens);
  if (tokens.length > 0) {
    const total = tokens.reduce((sum, [, count]) => sum + count, 0);
    parts.push(t('The prompt had {0} tokens, {1} of them reused; the model wrote {2}.', total, trace.reusedTokens, trace.generatedTokens));
    parts.push(table([t('part of the prompt'), t('tokens')], tokens.map(([source, count]) => [escape(source), String(count)])));
  }
  if (trace.totalMs !== null) {
    parts.push(trace.firstTokenMs === null
      ? t('It took {0} ms.', trace.totalMs.toFixed(1))
      : t('The first token came after {0} ms, all of it took {1} ms.', trace.firstTokenMs.toFixed(1), trace.totalMs.toFixed(1)));
  }
  return parts.join('\n\n');
}

function outcome(trace: Trace): string {
  if (trace.shown > 0) {
    return t('Shown, from the source “{0}”.', trace.source);
  }
  return trace.sentence || t('Still under way.');
}

function summaryRow(trace: Trace): string[] {
  return [`${escape(trace.file)}:${trace.line}`, escape(outcome(trace)), trace.totalMs?.toFixed(1) ?? '–'];
}

function stepRow(step: TraceStep): string[] {
  const details = Object.entries(step.details ?? {}).map(([name, value]) => `${name} ${String(value)}`).join(', ');
  return [escape(step.name), escape(step.outcome), step.ms.toFixed(2), escape(details)];
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function escape(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|]/g, character => `\\${character}`);
}
