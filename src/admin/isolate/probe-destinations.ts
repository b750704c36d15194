import type { Config } from "../../model/config.ts";
import type { ProbeDestination } from "../../model/isolate/resend.ts";
import type { Subset } from "../../model/routing.ts";

/**
 * Where a request of a route is sent again: to its primary, to the candidate, and to its secondary or once more to the primary.
 * @param primary the subset that was the primary; by default the first one of the route
 * @returns null if the route does not forward to them any more
 */
export function probeDestinations(
  { routes }: Pick<Config, "routes">,
  names: { readonly route: string; readonly candidate: string; readonly primary?: string | undefined },
): readonly ProbeDestination[] | null {
  const action = routes.find(({ name }) => name === names.route)?.action;
  if (action?.type !== "forward") return null;
  const primary = action.destinations.find(({ subset }) => subset.name === (names.primary ?? subset.name))?.subset;
  const candidate = action.candidates.find(({ subset }) => subset.name === names.candidate)?.subset;
  if (primary === undefined || candidate === undefined) return null;
  const { subset: secondary = "primary" } = action.secondary ?? {};
  return [
    destination("primary", primary),
    destination("candidate", candidate),
    destination("secondary", secondary === "primary" ? primary : secondary),
  ];
}

function destination(role: ProbeDestination["role"], { name, urls }: Subset): ProbeDestination {
  return { role, subset: name, url: urls.join(", ") };
}
