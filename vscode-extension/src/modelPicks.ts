// The models to choose from, as rows of a list: a pure function of what `pylot.models.list` answers.
import { t } from './words.js';

export interface LocalModel {
  name: string;
  roles: string[];
  problem: string;
  bytes: number;
  quantization: string;
  memoryBytes: number;
  fits: boolean;
  fim: boolean;
}

export interface KnownModel {
  name: string;
  title: string;
  licence: string;
  bytes: number;
  memoryBytes: number;
  fits: boolean;
  fim: boolean;
  note: string;
}

/** The answer of `pylot.models.list`. */
export interface ModelList {
  folder: string;
  freeBytes: number;
  local: LocalModel[];
  logical: { name: string; roles: string[]; deployments: string[] }[];
  known: KnownModel[];
}

/** A row: a model to use, one to fetch first, or a heading. */
export interface ModelRow {
  kind: 'use' | 'fetch' | 'heading';
  name: string;
  label: string;
  description: string;
  detail: string;
}

/** Return the rows: what is here, then what could be fetched, each with what fits this machine first. */
export function modelRows(list: ModelList): ModelRow[] {
  const here = list.local.filter(model => model.problem === '').sort(fittingFirst).map(localRow);
  const servers = list.logical.map(({ name, roles, deployments }): ModelRow =>
    ({ kind: 'use', name, label: mark(name, roles), description: deployments.join(', '), detail: t('a model of your configuration') }));
  const fetchable = list.known.filter(model => model.fim).sort(fittingFirst).map(knownRow);
  return [
    ...heading(t('on this machine'), [...here, ...servers]),
    ...heading(t('to be fetched'), fetchable),
  ];
}

/** Return a size as people write it. */
export function sizeOf(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.max(1, Math.round(bytes / 1e6))} MB`;
}

// The server's own order stays otherwise: the small ones first, which answer at once on any machine.
function fittingFirst(one: { fits: boolean }, other: { fits: boolean }): number {
  return Number(other.fits) - Number(one.fits);
}

function localRow(model: LocalModel): ModelRow {
  const description = [model.quantization, sizeOf(model.bytes)].filter(Boolean).join(', ');
  return { kind: 'use', name: model.name, label: mark(model.name, model.roles), description, detail: fitOf(model) };
}

function knownRow(model: KnownModel): ModelRow {
  const detail = [fitOf(model), t('licence {0}', model.licence), model.note].filter(Boolean).join(' · ');
  return { kind: 'fetch', name: model.name, label: `$(cloud-download) ${model.title}`, description: sizeOf(model.bytes), detail };
}

function mark(name: string, roles: string[]): string {
  return roles.includes('complete') ? `$(check) ${name}` : name;
}

function fitOf({ fits, memoryBytes }: { fits: boolean; memoryBytes: number }): string {
  const need = sizeOf(memoryBytes);
  return fits ? t('needs {0} of memory', need) : t('needs {0} of memory, more than is free now', need);
}

function heading(label: string, rows: ModelRow[]): ModelRow[] {
  return rows.length === 0 ? [] : [{ kind: 'heading', name: '', label, description: '', detail: '' }, ...rows];
}
