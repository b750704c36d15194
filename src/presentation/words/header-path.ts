/** Between a field name and a part of its value. Such parts exist only for the fields below. */
const PARTS = /^((?:\(\d{3}\) )?(?:set-cookie|content-type))\.(.+)$/is;
/** The attributes that have a path of their own (RFC 6265 §5.2 and its successor); `{*}` stands for any other. */
const COOKIE_ATTRIBUTE =
  /^(.+)\.(?:expires|max-age|domain|path|secure|httponly|samesite|partitioned|priority|\{\*\})$/is;

/** The name of the field that a header path is about: `set-cookie` for `set-cookie.SID.Secure`. */
export function fieldNameOf(path: string): string {
  return PARTS.exec(path)?.[1] ?? path;
}

/** A header path and the paths above it: `set-cookie.SID.Secure`, `set-cookie.SID`, `set-cookie`. */
export function headerPathsFrom(path: string): readonly string[] {
  const [, field, part] = PARTS.exec(path) ?? [];
  if (field === undefined || part === undefined) return [path];
  const cookie = COOKIE_ATTRIBUTE.exec(part)?.[1];
  return cookie === undefined ? [path, field] : [path, `${field}.${cookie}`, field];
}
