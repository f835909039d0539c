import type { Skill } from '../skills.ts';

/** How a critic puts that the prompt should state a rule. */
export const missingRuleWordings: Readonly<Record<Skill, readonly string[]>> = {
  free: [
    'Say that rooms which are booked during the slot must be ruled out.',
    'The prompt should insist that the room is free for the whole slot.',
    'Some answers name occupied rooms, so require that busy rooms are excluded.',
  ],
  capacity: [
    'Require that the capacity of the room covers all attendees.',
    'Tell the agent never to take a room with fewer seats than people.',
    'Some rooms were too small for the group; demand enough capacity for all attendees.',
  ],
  equipment: [
    'State that the room must have every piece of equipment listed under needs.',
    'Rooms lacking required equipment were chosen; tell the agent to exclude them.',
    'Make clear that all needs are mandatory and that a missing item of equipment disqualifies a room.',
  ],
  accessibility: [
    'Point out that an accessible room is mandatory whenever accessibility is required.',
    'The accessibility requirement was ignored; the prompt must enforce it.',
    'Ask the agent to verify that the room is accessible if that is required.',
  ],
  noRoom: [
    'Allow the answer "No Room" and require it if no room meets all conditions.',
    'The agent forces a choice; say that it must answer "No Room" when none of the rooms fits.',
    'Tell the agent to reply "No Room" instead of a near fit if nothing qualifies.',
  ],
  smallest: [
    'Among suitable rooms the smallest one should be chosen; the prompt must say so.',
    'Ask for the tightest fit: the suitable room with the least spare capacity.',
    'Larger rooms than necessary were picked; tell the agent to choose the smallest suitable room.',
  ],
  nearest: [
    'State how ties are broken: of rooms with equal capacity, pick the nearest.',
    'When several rooms tie on capacity, the closest one must be taken.',
    'Add a tie-break by distance for rooms of the same capacity.',
  ],
  format: [
    'Demand that the reply consists of the room id only.',
    'The answers are chatty; ask for the room id and nothing else in the reply.',
    'Forbid explanations, and have the agent return only the name of the room.',
  ],
};

/** Advice that changes nothing for the better; the agent's model does not know what to do with it. */
export const uselessAdvice: readonly string[] = [
  'Encourage the agent to think step by step.',
  'Add that the task is very important for the team.',
  'Use a friendlier tone towards the agent.',
  'Mention that the agent is a world-class office manager.',
  'Remind the agent to stay calm and concentrate.',
  'Structure the prompt more clearly.',
  'Suggest to double-check the work before finishing.',
  'Thank the agent for its effort.',
];

/** Advice that does harm: each asks for one of the bad rules. */
export const harmfulAdvice: readonly string[] = [
  'Ask the agent to always prefer the nearest room above all.',
  'Let the agent choose the largest room for comfort.',
  'Insist on a helpful reply: always suggest some room.',
  'Have the agent explain its choice in detail.',
];

/** How a critique opens. `{failed}` and `{total}` are counts. */
export const openings: readonly string[] = [
  'In {failed} of {total} experiments the outcome was wrong. The prompt leaves too much open:',
  '{failed} of the {total} runs went wrong. What the prompt lacks:',
  'Looking at the {failed} failures among {total} experiments, the prompt should be clearer:',
];

/** What a critic says when nothing went wrong. */
export const genericAdvice: readonly string[] = [
  'The experiments went well. The wording could be more concise.',
  'No failure is visible. Keep the prompt and polish its tone at most.',
  'All of this looks right; a clearer structure might still help.',
];
