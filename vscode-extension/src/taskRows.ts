// The list of tasks as rows: a pure function of what the server tells (docs/protocol.md).
import { t } from './words.js';

export type TaskStatus = 'queued' | 'running' | 'waiting_for_approval' | 'interrupted' | 'completed' | 'failed' | 'cancelled' | 'limit';

/** The parameters of `pylot/taskUpdate`. */
export interface Task {
  taskId: string;
  title: string;
  status: TaskStatus;
  message?: string;
  step?: number;
  plan?: { text: string; status: string }[];
  pendingApprovals?: number;
  answer?: string;
}

/** One row; `kind` decides which buttons it has. */
export interface Row {
  id: string;
  label: string;
  description: string;
  icon: string;
  kind: string;
  children: Row[];
}

const ICONS: Record<TaskStatus, string> = {
  queued: 'clock',
  running: 'loading~spin',
  waiting_for_approval: 'bell-dot',
  interrupted: 'debug-disconnect',
  completed: 'pass',
  failed: 'error',
  cancelled: 'circle-slash',
  limit: 'warning',
};
const UNDER_WAY: TaskStatus[] = ['queued', 'running', 'waiting_for_approval'];
const RESUMABLE: TaskStatus[] = ['interrupted', 'limit', 'failed'];

/** Return the rows: what waits for the user first, then the tasks, the newest first. */
export function rowsOf(tasks: readonly Task[], waiting: readonly { id: string; title: string }[]): Row[] {
  const questions = waiting.map(({ id, title }): Row =>
    ({ id, label: title, description: t('waits for your answer'), icon: 'bell-dot', kind: 'approval', children: [] }));
  return [...questions, ...[...tasks].reverse().map(taskRow)];
}

/** Whether a task is over, so that nothing more comes of it by itself. */
export function isOver(status: TaskStatus): boolean {
  return !UNDER_WAY.includes(status);
}

/** Whether a task can go on from where it ended. */
export function canResume(status: TaskStatus): boolean {
  return RESUMABLE.includes(status);
}

/** Return a status in the user's language. */
export function statusText(status: TaskStatus): string {
  switch (status) {
    case 'queued': return t('queued');
    case 'running': return t('running');
    case 'waiting_for_approval': return t('waits for your answer');
    case 'interrupted': return t('interrupted');
    case 'completed': return t('done');
    case 'failed': return t('failed');
    case 'cancelled': return t('cancelled');
    case 'limit': return t('stopped at a limit');
  }
}

function stepIcon(step: string, isOver: boolean): string {
  if (step === 'completed') {
    return 'check';
  }
  return step === 'in_progress' && !isOver ? 'loading~spin' : 'circle-outline';
}

function taskRow({ taskId, title, status, message, plan = [], answer }: Task): Row {
  const kinds = [isOver(status) ? '' : 'running', canResume(status) ? 'resumable' : '', answer || status === 'completed' ? 'answered' : ''];
  return {
    id: taskId,
    label: title,
    description: [statusText(status), isOver(status) ? '' : message].filter(Boolean).join(' · '),
    icon: ICONS[status],
    kind: ['task', ...kinds.filter(Boolean)].join(' '),
    children: plan.map(({ text, status: step }, index): Row =>
      ({ id: `${taskId}/${index}`, label: text, description: '', icon: stepIcon(step, isOver(status)), kind: 'step', children: [] })),
  };
}
