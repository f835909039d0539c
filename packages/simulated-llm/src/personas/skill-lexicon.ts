import type { BadRule, Skill } from './skills.ts';

/** How strongly a text states a rule: not at all, in passing, or as an order. */
export type Strength = 0 | 1 | 2;

/** What a sentence says. */
export interface SentenceMeaning {
  readonly skills: readonly Skill[];
  readonly badRules: readonly BadRule[];
  readonly strength: Strength;
}

/** Words that make a sentence an order. The rest of the rule's words only mention it. */
const imperative =
  /\b(must|only|never|always|ensure|make sure|do not|don't|exclude|ignore|reject|skip|drop|discard|rule[sd]? (?:it )?out|required?|mandatory|has to|have to|verify|check|choose|pick|select|take|prefer|answer|reply|return|respond|say|output|write|use|break|disqualified|minimi[sz]e|nothing (?:but|else)|wins?)\b/i;

const negation =
  /\b(not|never|no|without|exclude\w*|ignor\w+|reject\w*|skip|drop|discard|avoid|rule[sd]? \w*\s?out|out of the question|cannot|can't|don't|disqualif\w+|lack\w*|miss\w+|leave out)\b/i;

const tie =
  /\b(ties?|tied|tie-?break\w*|equal(?:ly)?|same (?:size|capacity)|identical|draws?|several rooms|more than one|two rooms|secondary|then by)\b/i;
const near = /\b(near(?:est|er)?|clos(?:est|er)|distance\w*|proximity|short(?:est|er) walk|metres|meters)\b/i;
const noneLeft =
  /\b(no|none|nothing|zero|not a single|empty|every room (?:is|fails)|all rooms (?:fail|are)|impossible)\b/i;

/** Whether a sentence states a rule. The order of skills plays no part. */
const states: Readonly<Record<Skill, (sentence: string) => boolean>> = {
  free: (s) =>
    (/\b(free|available|availability|vacant|unbooked|open for)\b/i.test(s) &&
      /\b(must|only|slot|time|whole|entire|check|verify|ensure|choose|pick|has to|be|is|not|mandatory)\b/i.test(s) &&
      !/\bin the room\b|equipment|\bneed|accessib|no room/i.test(s)) ||
    /\b(booked|bookings?|double-?book\w*|occupied|busy|unavailable|clash\w*|overlap\w*|reserv(?:ed|ations?)|(?:already|is|are) taken|in use|scheduling conflict\w*|conflicting)\b/i.test(
      s,
    ),
  capacity: (s) =>
    /\b(capacity|seats?|seating|fits?|hold(?:s|ing)?|accommodate\w*|big enough|large enough|too small|smaller than)\b/i.test(
      s,
    ) &&
    /\b(attendees?|attend|people|persons?|participants?|everyone|everybody|group|party|headcount|guests|all of them|sufficient|insufficient|enough)\b/i.test(
      s,
    ) &&
    !saysSmallest(s) &&
    !tie.test(s),
  equipment: (s) =>
    /\b(equipment|equipped|needs?|needed|gear|facilities|amenities|devices?)\b/i.test(s) &&
    /\b(must|all|every|each|any|lack\w*|miss\w*|present|include\w*|match|cover\w*|satisf\w+|meet|met|required|requirements?|without|requested|necessary)\b/i.test(
      s,
    ) &&
    !/accessib|wheelchair|inaccessib|seat|attendee/i.test(s) &&
    !noRoomAnswer(s),
  accessibility: (s) => /\b(?:in)?accessib\w+|\bwheelchair|step-free\b/i.test(s),
  noRoom: (s) => noRoomAnswer(s) && !/\b(never|do not|don't) (?:answer|say|reply|return|use)\b[^.]*no room/i.test(s),
  smallest: (s) => saysSmallest(s),
  nearest: (s) => near.test(s) && tie.test(s),
  format: (s) =>
    (/\b(only|just|alone|nothing (?:but|else)|exactly|bare|single)\b/i.test(s) &&
      /\b(reply|answer|output|respond|response|return|give|write|print|state|format)\b/i.test(s) &&
      /\b(id|identifier|name|the room)\b/i.test(s) &&
      !/\brooms\b/i.test(s)) ||
    /\b(no|without|do not|don't|never|omit)\b[^.]*\b(explanations?|explain|commentary|reasoning|justif\w+|other words|any text|further text|extra (?:text|words))\b/i.test(
      s,
    ),
};

const statesBadly: Readonly<Record<BadRule, (sentence: string) => boolean>> = {
  nearestFirst: (s) =>
    near.test(s) &&
    !tie.test(s) &&
    /\b(prefer|choose|pick|select|take|always|first|above all|priority|prioriti[sz]e)\b/i.test(s) &&
    !/capacity/i.test(s),
  largest: (s) => /\b(largest|biggest|most spacious|roomiest)\b/i.test(s) && !negation.test(s),
  alwaysRoom: (s) =>
    /\b(always (?:offer|propose|suggest|name|find|return|give)|never (?:answer|say|reply|return) (?:with )?"?no room|never leave)\b/i.test(
      s,
    ) && !/\bif\b/i.test(s),
  verbose: (s) =>
    /\b(explain|justify|describe|give reasons|show your reasoning|in detail)\b/i.test(s) && !negation.test(s),
};

function saysSmallest(s: string): boolean {
  return (
    /\b(smallest|tightest|snuggest|best fit|least (?:spare|unused|excess|capacity|extra)|lowest capacity|minimal capacity|minimum (?:leftover|capacity)|fewest (?:empty|spare|unused)|closest to the (?:number|group|headcount)|unused seats|waste (?:space|seats)|capacity slack|smaller (?:one|room)s? (?:works|over|would))\b/i.test(
      s,
    ) && !/\bdistance\b/i.test(s)
  );
}

function noRoomAnswer(s: string): boolean {
  return /\bno room\b/i.test(s)
    ? /["'“]?\bNo Room\b/.test(s) || noneLeft.test(s.replace(/\bno room\b/i, ''))
    : /\bif (?:none|nothing|no)\b/i.test(s) && /\b(say|decline|admit|none)\b/i.test(s);
}

const skillTests = Object.entries(states) as [Skill, (sentence: string) => boolean][];
const badRuleTests = Object.entries(statesBadly) as [BadRule, (sentence: string) => boolean][];

/** What a sentence says, by the lexicon above. A sentence about something else has no skills, no bad rules and strength 0. */
export function readSentence(sentence: string): SentenceMeaning {
  const skills = skillTests.filter(([, test]) => test(sentence)).map(([skill]) => skill);
  const badRules = badRuleTests.filter(([, test]) => test(sentence)).map(([rule]) => rule);
  const strength = skills.length + badRules.length === 0 ? 0 : imperative.test(sentence) ? 2 : 1;
  return { skills, badRules, strength };
}

/** The sentences of a text: its lines without the marks of list items, split where full stops, question and exclamation marks end one. None is empty. */
export function splitSentences(text: string): string[] {
  return text
    .split(/\n+/)
    .flatMap((line) => line.replace(/^\s*(?:[-*•]|\d+[.)])\s+/, '').split(/(?<=[.!?])\s+/))
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
}
