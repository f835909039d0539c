import type { Skill } from '../skills.ts';

/** How an editor puts a rule to the agent. The last wording of each only mentions it, which a weak model heeds less. */
export const ruleWordings: Readonly<Record<Skill, readonly string[]>> = {
  free: [
    'Only consider rooms that are free for the whole slot.',
    'Exclude every room that is already booked at that time.',
    'The room must be available during the entire meeting; reject occupied rooms.',
    'Rooms that are booked then are a problem.',
  ],
  capacity: [
    'The capacity of the room must be at least the number of attendees.',
    'Never choose a room that is too small for all attendees.',
    'Reject rooms with fewer seats than people.',
    'Capacity matters for the number of people.',
  ],
  equipment: [
    'The room must have every item of equipment listed under needs.',
    'Exclude rooms that lack any of the required equipment.',
    'All needs are mandatory: a room missing one piece of equipment is disqualified.',
    'Equipment covers the needs.',
  ],
  accessibility: [
    'If accessibility is required, only accessible rooms may be chosen.',
    'Always respect the accessibility requirement and reject other rooms.',
    'Verify that the room is accessible whenever the request requires it.',
    'Accessibility is worth a look.',
  ],
  noRoom: [
    'If no room meets all conditions, answer "No Room".',
    'Reply "No Room" when none of the rooms qualifies; never force a choice.',
    'When nothing fits, you must answer "No Room" instead of a near fit.',
    '"No Room" is possible if none fits.',
  ],
  smallest: [
    'Of the suitable rooms, choose the smallest one.',
    'Always select the tightest fit: the suitable room with the least spare capacity.',
    'Prefer the suitable room with the lowest capacity.',
    'The smallest suitable room is nice.',
  ],
  nearest: [
    'If several suitable rooms have equal capacity, choose the nearest.',
    'Break ties by distance: the closest room of the same capacity wins.',
    'Among rooms of identical capacity, always take the nearest one.',
    'For ties, distance could matter.',
  ],
  format: [
    'Reply with the room id only.',
    'Return only the name of the room and nothing else.',
    'Do not explain; answer with the room id alone.',
    'A bare room id makes a nice response.',
  ],
};

/** Share of edits that use the wording which only mentions the rule. */
export const weakWordingRate = 0.12;

/** What a careless editor writes before the prompt. */
export const preambles: readonly string[] = [
  'Here is the improved prompt:',
  'Sure! This is the revised version:',
  'Improved prompt:',
];

/** A literal JSON example, whose braces are no placeholders. */
export const strayBraces: readonly string[] = ['Format: {"room": "<id>"}', 'Example of a reply: { room: name }'];
