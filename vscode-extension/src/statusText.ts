// What the status bar says: a pure function of what is known.
import { t } from './words.js';

/** Everything that the status items tell. */
export interface Facts {
  server: 'off' | 'starting' | 'running' | 'failed';
  /** What keeps Pylot from working, or from working well. */
  problem: string | undefined;
  /** What the server says of itself, such as which model is ready. */
  message: string | undefined;
  isThinking: boolean;
  /** Long work in the background, such as indexing. */
  work: { title: string; percent: number | undefined } | undefined;
  pausedUntil: string | undefined;
  switchedOff: string | undefined;
  /** How many questions of agents wait for the user. */
  nPending: number;
  speed: Speed | undefined;
}

/** Figures of the last suggestion that a model wrote. */
export interface Speed {
  tokensPerSecond: number;
  reusedShare: number;
}

/** How the status items look. */
export interface Look {
  icon: string;
  text: string;
  summary: string;
  severity: 'information' | 'warning' | 'error';
  isBusy: boolean;
}

/** Return the look for some facts; the most urgent one decides. */
export function lookOf(facts: Facts): Look {
  const look = (icon: string, text: string, summary: string, severity: Look['severity'] = 'information', isBusy = false): Look =>
    ({ icon, text, summary, severity, isBusy });
  // Work at a server that does not run is its installation.
  if (facts.server === 'failed' && facts.work !== undefined) {
    return look('$(sync~spin)', 'Pylot', facts.work.title, 'information', true);
  }
  if (facts.server === 'failed') {
    return look('$(error)', 'Pylot', facts.problem ?? t('Pylot’s server is not running.'), 'error');
  }
  if (facts.server === 'off') {
    return look('$(circle-slash)', 'Pylot', t('Pylot is switched off.'));
  }
  if (facts.server === 'starting') {
    return look('$(sync~spin)', 'Pylot', t('Pylot is starting.'), 'information', true);
  }
  if (facts.nPending > 0) {
    return look('$(bell-dot)', `Pylot ${facts.nPending}`, t('An agent waits for your answer.'), 'warning');
  }
  if (facts.pausedUntil !== undefined) {
    return look('$(debug-pause)', 'Pylot', t('Paused until {0}.', facts.pausedUntil));
  }
  if (facts.problem !== undefined) {
    return look('$(warning)', 'Pylot', facts.problem, 'warning');
  }
  if (facts.switchedOff !== undefined) {
    return look('$(circle-slash)', 'Pylot', facts.switchedOff);
  }
  if (facts.work !== undefined) {
    const { title, percent } = facts.work;
    const text = percent === undefined ? 'Pylot' : `Pylot ${percent}%`;
    return look('$(sync~spin)', text, title, 'information', true);
  }
  const summary = facts.message ?? t('Ready.');
  return facts.isThinking ? look('$(loading~spin)', 'Pylot', t('Thinking …'), 'information', true) : look('$(sparkle)', 'Pylot', summary);
}

/** Return the lines of the tooltip. */
export function tooltipOf(facts: Facts): string[] {
  const { speed } = facts;
  const figures = speed === undefined
    ? []
    : [t('{0} tokens per second, {1}% of the prompt reused', Math.round(speed.tokensPerSecond), Math.round(speed.reusedShare * 100))];
  const message = facts.message === undefined || facts.message === lookOf(facts).summary ? [] : [facts.message];
  return [lookOf(facts).summary, ...message, ...figures];
}
