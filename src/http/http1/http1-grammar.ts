/** RFC 9110 §5.6.2: a method, or the name of a field. */
export const TOKEN = /^[!#$%&'*+.^`|~\w-]+$/;
/** RFC 9110 §5.5, one character per byte: CR, LF, NUL and their like would end the field, or begin another message. */
export const FIELD_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
/** RFC 9110 §8.6; more digits are no length that a number can hold. */
export const CONTENT_LENGTH = /^\d{1,15}$/;
