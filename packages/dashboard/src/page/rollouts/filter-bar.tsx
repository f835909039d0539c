import './filter-bar.css';
import type { RolloutMode } from '@agentlightning/core';
import { type CandidateView, type EvaluationView, evaluationWords } from '@agentlightning/core/run';
import { useEffect, useState } from 'preact/hooks';
import { countFilters, MODES, NO_FILTERS, type RolloutFilters, STATUSES } from '../store/rollout-filters.ts';

/** Typing is over when nothing was typed for so long. */
const TYPING_MS = 350;

/** What rollouts can be chosen by. */
export function FilterBar({
  filters,
  evaluations,
  candidates,
  onChange,
}: {
  filters: RolloutFilters;
  /** Of the run, if there is one. */
  evaluations: readonly EvaluationView[];
  candidates: readonly CandidateView[];
  onChange: (changed: Partial<RolloutFilters>) => void;
}) {
  const { statuses } = filters;
  // What is being typed is not in the address yet: it goes with the fields when all are cleared.
  const [clears, setClears] = useState(0);
  return (
    // biome-ignore lint/a11y/useSemanticElements: <search> is not known to all browsers that show this page
    <div role="search" class="rollout-filters" aria-label="Filters">
      <fieldset class="status-filter">
        <legend class="visually-hidden">Status</legend>
        {STATUSES.map((status) => {
          const isChosen = statuses.includes(status);
          const others = statuses.filter((other) => other !== status);
          return (
            <button
              key={status}
              type="button"
              aria-pressed={isChosen}
              onClick={() => onChange({ statuses: isChosen ? others : [...statuses, status] })}
            >
              {status}
            </button>
          );
        })}
      </fieldset>
      <TextFilter
        key={`id ${clears}`}
        label="Id contains"
        value={filters.text}
        onChange={(text) => onChange({ text })}
      />
      <TextFilter
        key={`error ${clears}`}
        label="Error contains"
        value={filters.error}
        onChange={(error) => onChange({ error })}
      />
      <label>
        Mode
        <select
          value={filters.mode}
          onChange={({ currentTarget }) => onChange({ mode: currentTarget.value as RolloutMode | '' })}
        >
          <option value="">any</option>
          {MODES.map((mode) => (
            <option key={mode} value={mode}>
              {mode}
            </option>
          ))}
        </select>
      </label>
      <Selection
        label="Candidate"
        value={filters.resourcesId}
        options={candidates.flatMap(({ resourcesId, version }) =>
          resourcesId === null ? [] : [[resourcesId, version] as const],
        )}
        onChange={(resourcesId) => onChange({ resourcesId })}
      />
      <Selection
        label="Evaluation"
        value={filters.evaluation}
        options={evaluations.map((each) => [each.key, evaluationWords(each, candidates)] as const)}
        onChange={(evaluation) => onChange({ evaluation })}
      />
      {countFilters(filters) === 0 ? null : (
        <button
          type="button"
          onClick={() => {
            setClears(clears + 1);
            onChange({ ...NO_FILTERS, sort: filters.sort, isDescending: filters.isDescending });
          }}
        >
          Clear
        </button>
      )}
    </div>
  );
}

/** One of those that the run knows, or whatever the address says. Not there while there is nothing to choose. */
function Selection({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string;
  options: readonly (readonly [value: string, title: string])[];
  onChange: (value: string) => void;
}) {
  if (options.length === 0 && value === '') return null;
  const isKnown = value === '' || options.some(([known]) => known === value);
  return (
    <label>
      {label}
      <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        <option value="">any</option>
        {isKnown ? null : <option value={value}>{value}</option>}
        {options.map(([known, title]) => (
          <option key={known} value={known} title={known}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}

function TextFilter({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onChange(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <label>
      {label}
      <input
        type="search"
        autocomplete="off"
        spellcheck={false}
        value={typed}
        onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        onKeyDown={({ key }) => {
          if (key === 'Enter') onChange(typed);
        }}
      />
    </label>
  );
}
