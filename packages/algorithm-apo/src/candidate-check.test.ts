import { PromptTemplate } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { createCandidateCheck, ignoringWhitespace, tidyPrompt } from './candidate-check.ts';

const seed = new PromptTemplate({ template: 'Find a room on {date} for {count} people.' });

describe('createCandidateCheck()', () => {
  it.each([
    ['a prompt with the same placeholders', 'On {date}: a room for {count}.', false, 0],
    ['a lost placeholder', 'Find a room on {date}.', true, 1],
    ['an unknown placeholder', 'On {date} for {count} in {city}.', true, 1],
    ['stray braces', 'On {date} for {count}. Answer {"room": 1}.', true, 1],
    ['nothing', ' \n ', true, 1],
    ['a code fence, which would work', '```\nOn {date} for {count}.\n```', false, 1],
    ['an announcement, which would work', 'Here is the improved prompt:\nOn {date} for {count}.', false, 1],
  ])('judges %s', (_what, text, isUnusable, problems) => {
    const verdict = createCandidateCheck(seed, {})(text);
    expect(verdict.isUnusable).toBe(isUnusable);
    expect(verdict.problems.length).toBeGreaterThanOrEqual(problems);
    if (problems === 0) expect(verdict.problems).toEqual([]);
  });

  it('names what is wrong, for the editor', () => {
    expect(createCandidateCheck(seed, {})('On {date}.').problems.join()).toContain('count');
  });

  it('accepts a number format where tasks, or the seed, show that there is a number', () => {
    const numeric = new PromptTemplate({ template: 'For {count:d} on {date}' });
    for (const task of [{ count: 3, date: 'Monday' }, 'not an object', { other: 1 }]) {
      const verdict = createCandidateCheck(numeric, task)('Find a room for {count:03d} people on {date}.');
      expect(verdict).toEqual({ problems: [], isUnusable: false });
    }
  });

  it('holds children of a jinja seed to jinja', () => {
    const check = createCandidateCheck(new PromptTemplate({ template: 'On {{ date }}', engine: 'jinja' }), {});
    expect(check('Today is {{ date }}. Answer {"room": 1}.').problems).toEqual([]);
    expect(check('Today is {{ day }}.').isUnusable).toBe(true);
    expect(check('Today is {% if %}{{ date }}').isUnusable).toBe(true);
  });

  it('asks of poml only that there is something', () => {
    const check = createCandidateCheck(new PromptTemplate({ template: '<poml/>', engine: 'poml' }), {});
    expect(check('<poml><p>{{date}}</p></poml>').problems).toEqual([]);
    expect(check(' ').isUnusable).toBe(true);
  });
});

describe('tidyPrompt()', () => {
  it('drops white space at ends and line ends, and keeps what is inside lines', () => {
    expect(tidyPrompt('\r\n  One  two \t\r\n\r\n    indented\n\n')).toBe('One  two\n\n    indented');
  });
});

describe('ignoringWhitespace()', () => {
  it('is equal for texts that differ in white space only', () => {
    expect(ignoringWhitespace(' a\n\n b\tc ')).toBe(ignoringWhitespace('a b c'));
    expect(ignoringWhitespace('ab')).not.toBe(ignoringWhitespace('a b'));
  });
});
