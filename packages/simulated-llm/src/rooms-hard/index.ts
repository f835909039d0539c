export { generateRoomsHard, type RoomsHard } from './generate-rooms-hard.ts';
export { gradeRoomChoice, parseRoomChoice } from './grade-room-choice.ts';
export { type Booking, isFree, type Room, type RoomAvailability } from './room.ts';
export { neededItems, noRoom, type RoomTask } from './room-task.ts';
export { roomsAndAvailability, roomToolDefinition } from './room-tool.ts';
export { decisiveRules, type RoomQuestion, type Rule, rightChoice, rules } from './rules.ts';
