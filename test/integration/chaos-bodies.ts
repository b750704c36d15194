/** Starts of bodies that make a compare thread spin forever, or use up its heap, while it parses them as JSON. */
export const SPIN = '{"chaos":"spin"';
export const HOARD = '{"chaos":"hoard"';
