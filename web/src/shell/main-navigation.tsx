import { Link, useNavigate } from "@tanstack/react-router";
import { useRef, type ReactElement, type ReactNode } from "react";
import { useStatus } from "../data/queries.ts";
import { useKeys } from "../ui/use-keys.ts";
import { REPLICAS, SCREENS } from "./screens.ts";

/** Id of the navigation, which the menu button of narrow pages opens. */
export const NAVIGATION_ID = "main-navigation";

/** A row of tabs on wide pages; on narrow ones a popover below the header. */
export function MainNavigation({ children }: { readonly children: ReactNode }): ReactElement {
  const navigation = useRef<HTMLElement>(null);
  const navigate = useNavigate();
  const open = Object.fromEntries(SCREENS.map(({ key, to }) => [key, () => void navigate({ to })]));
  useKeys("Every page", open);
  const isShared = useStatus().data?.replicas !== undefined;
  return (
    <nav ref={navigation} id={NAVIGATION_ID} className="tabs" aria-label="Main" popover="auto">
      {SCREENS.filter(({ to }) => isShared || to !== REPLICAS).map(({ to, name }) => (
        <Link
          key={to}
          to={to}
          activeOptions={{ exact: to === "/", includeSearch: false }}
          onClick={() => navigation.current?.hidePopover()}
        >
          {name}
        </Link>
      ))}
      {children}
    </nav>
  );
}
