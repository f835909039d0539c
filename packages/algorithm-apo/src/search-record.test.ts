import { PromptTemplate } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import type { EvaluationScore } from './history.ts';
import { SearchRecord } from './search-record.ts';

const scored = (score: number): EvaluationScore => ({
  score,
  interval: [0, 1],
  tasks: 4,
  failed: 0,
  withoutReward: 0,
  unfinished: 0,
  retried: 0,
});

/** A record of the seed and a child of it that leads round 1. */
function record() {
  const seed = new PromptTemplate({ template: 'Work on {word}.' });
  const searched = new SearchRecord(seed);
  const prompt = new PromptTemplate({ template: 'Better {word}.' });
  const [child] = searched.addRound({ parents: [searched.seed], beam: [searched.seed], sharesScores: true }, [
    {
      draw: {
        path: { parent: 0, branch: 0 },
        parent: searched.seed,
        gradientPrompt: { name: 'critic' } as never,
        editPrompt: { name: 'editor' } as never,
      },
      training: scored(0),
      proposal: { prompt, reason: null, problem: null, critique: 'c', repaired: false, modelCalls: 2 },
    },
  ]);
  return { searched, child: child! };
}

describe('SearchRecord.addValidation()', () => {
  it.each([
    ['its seed was scored first', false],
    ['the child was scored first', true],
  ])('keeps the earlier one of equals, as upstream takes a higher score only: %s', (_when, isChildFirst) => {
    const { searched, child } = record();
    const validations = [
      () => searched.addValidation(0, searched.seed, scored(0.5)),
      () => searched.addValidation(1, child, scored(0.5)),
    ];
    for (const validate of isChildFirst ? validations.toReversed() : validations) validate();
    expect(searched.result()).toMatchObject({ bestVersion: 'v0', bestScore: 0.5, bestEvaluation: { score: 0.5 } });
  });

  it('takes a higher score, in whatever order they come', () => {
    for (const isChildFirst of [false, true]) {
      const { searched, child } = record();
      if (isChildFirst) searched.addValidation(1, child, scored(0.75));
      searched.addValidation(0, searched.seed, scored(0.5));
      if (!isChildFirst) searched.addValidation(1, child, scored(0.75));
      expect(searched.result()).toMatchObject({ bestVersion: 'v1', bestScore: 0.75 });
    }
  });
});
