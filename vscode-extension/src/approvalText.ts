// What an approval asks, as a user reads it: pure functions of what the server sends (docs/protocol.md).
import { t } from './words.js';

export interface ProposedEdit {
  uri: string;
  before: string | null;
  after: string;
}

export interface Choice {
  id: string;
  title: string;
}

/** The parameters of `pylot/approval`. */
export interface Approval {
  id: string;
  taskId: string;
  tool: string;
  title: string;
  detail: string;
  risk: 'low' | 'medium' | 'high';
  reasons: string[];
  edits?: ProposedEdit[];
  command?: { text: string; cwd: string; sandbox?: string };
  choices: Choice[];
}

/** The answer to it. */
export interface ApprovalAnswer {
  choice: string;
  comment?: string;
}

/** A button under the question: it answers, shows what is asked for, or offers all answers. */
export interface Button {
  title: string;
  does: 'answer' | 'look' | 'more';
  choice?: string;
}

export interface Question {
  message: string;
  isWarning: boolean;
  buttons: Button[];
}

const LONGEST_MESSAGE = 300;
const ON_BUTTONS = ['once', 'deny'];

/** Return the question as a notification; what does not fit into it has to be looked at before it can be allowed. */
export function questionOf(approval: Approval, hasLooked: boolean): Question {
  const { command, edits = [], risk } = approval;
  const text = command === undefined || approval.title.includes(command.text) ? '' : command.text;
  const whole = [approval.title, approval.detail, text].filter(Boolean).join(' · ');
  const fits = whole.length <= LONGEST_MESSAGE && !whole.includes('\n');
  const isSeen = hasLooked || (fits && (edits.length === 0 || risk === 'low'));
  const answers = approval.choices
    .filter(({ id }) => ON_BUTTONS.includes(id) && (isSeen || isDenial(id)))
    .map((choice): Button => ({ title: titleOf(choice), does: 'answer', choice: choice.id }));
  const look: Button = { title: edits.length > 0 ? t('Show the Changes') : t('Show All of It'), does: 'look' };
  const more: Button = { title: t('More …'), does: 'more' };
  const hasMore = isSeen && approval.choices.some(({ id }) => !ON_BUTTONS.includes(id));
  return {
    message: t('Pylot asks: {0}', fits ? whole : `${firstLineOf(whole)} …`),
    isWarning: risk !== 'low',
    buttons: [...(hasLooked ? [] : [look]), ...answers, ...(hasMore ? [more] : [])],
  };
}

/** Return everything that an approval says, to be read as a whole. */
export function wholeTextOf({ title, detail, risk, tool, reasons, command, edits = [] }: Approval): string {
  const parts = [title, detail, command === undefined ? '' : `$ ${command.text}`];
  const facts = [
    command === undefined ? '' : t('in the folder {0}', command.cwd),
    command?.sandbox ? t('sandbox: {0}', command.sandbox) : '',
    t('risk: {0}', riskOf(risk)),
    t('tool: {0}', tool),
    ...edits.map(({ uri }) => decodeURIComponent(uri)),
  ].filter(Boolean);
  return [...parts, facts.join('\n'), reasons.map(reason => `- ${reason}`).join('\n')].filter(Boolean).join('\n\n') + '\n';
}

/** Return a choice in the user's language; one that is not known keeps the server's words. */
export function titleOf({ id, title }: Choice): string {
  switch (id) {
    case 'once': return t('Allow Once');
    case 'task': return t('Allow for This Task');
    case 'workspace': return t('Allow in This Workspace');
    case 'user': return t('Always Allow');
    case 'deny': return t('Deny');
    case 'deny_always': return t('Always Deny');
    default: return title;
  }
}

/** Whether an answer says no. */
export function isDenial(choice: string): boolean {
  return choice.startsWith('deny');
}

function riskOf(risk: Approval['risk']): string {
  return risk === 'high' ? t('high') : risk === 'medium' ? t('medium') : t('low');
}

function firstLineOf(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, LONGEST_MESSAGE);
}
