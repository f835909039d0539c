/** A request as it comes in at a deployed agent. */
export const request = {
  date: '2031-04-15',
  time: '09:30',
  duration_min: 45,
  attendees: 6,
  needs: 'projector',
  accessible_required: 'yes',
};
