// The frame around every page: masthead, side navigation, room for banners.
import {
  Alert,
  Banner,
  Button,
  Dropdown,
  DropdownGroup,
  DropdownItem,
  DropdownList,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  MastheadToggle,
  MenuToggle,
  Nav,
  NavItem,
  NavList,
  NotificationBadge,
  Page as PageFrame,
  PageSidebar,
  PageSidebarBody,
  PageToggleButton,
  SearchInput,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from "@patternfly/react-core";
import { BarsIcon } from "@patternfly/react-icons/dist/esm/icons/bars-icon";
import { OutlinedQuestionCircleIcon } from "@patternfly/react-icons/dist/esm/icons/outlined-question-circle-icon";
import { PlusCircleIcon } from "@patternfly/react-icons/dist/esm/icons/plus-circle-icon";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { Link, NavLink } from "react-router";
import { strings } from "../strings";

export interface MenuEntry {
  title: string;
  to?: string;
  onClick?: () => void;
  isSelected?: boolean;
}

export interface MenuSection {
  title?: string;
  entries: MenuEntry[];
}

interface ShellProps {
  title: string;
  navigation: { title: string; to: string; isActive: boolean }[];
  create: MenuEntry[];
  help: MenuEntry[];
  user: { name: string; sections: MenuSection[] } | null;
  signInTo: string;
  notifications: { unread: number; onOpen: () => void } | null;
  onSearch: (text: string) => void;
  banners: ReactNode;
  children: ReactNode;
}

export function Shell(props: ShellProps) {
  const content = "ph-content";
  const masthead = (
    <Masthead display={{ default: "stack", md: "inline" }}>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton variant="plain" aria-label={strings.mainNavigation}>
            <BarsIcon />
          </PageToggleButton>
        </MastheadToggle>
        <MastheadBrand>
          <MastheadLogo component="div">
            <Link to="/" className="ph-logo">
              <img src="/logo.svg" alt="" />
              <span>{props.title}</span>
            </Link>
          </MastheadLogo>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <Toolbar isFullHeight isStatic>
          <ToolbarContent>
            <ToolbarItem>
              <SearchBox onSearch={props.onSearch} />
            </ToolbarItem>
            <ToolbarGroup align={{ default: "alignEnd" }} gap={{ default: "gapNone" }}>
              {props.create.length === 0 ? null : (
                <ToolbarItem>
                  <Menu label={strings.createMenu} icon={<PlusCircleIcon />} sections={[{ entries: props.create }]} />
                </ToolbarItem>
              )}
              {props.notifications === null ? null : (
                <ToolbarItem>
                  <NotificationBadge
                    aria-label={strings.notifications}
                    variant={props.notifications.unread > 0 ? "unread" : "read"}
                    count={props.notifications.unread}
                    onClick={props.notifications.onOpen}
                  />
                </ToolbarItem>
              )}
              <ToolbarItem>
                <Menu label={strings.helpMenu} icon={<OutlinedQuestionCircleIcon />} sections={[{ entries: props.help }]} />
              </ToolbarItem>
              <ToolbarItem>
                {props.user === null ? (
                  <Button variant="secondary" component={(own) => <Link {...own} to={props.signInTo} />}>
                    {strings.signIn}
                  </Button>
                ) : (
                  <Menu label={strings.userMenu} title={props.user.name} sections={props.user.sections} />
                )}
              </ToolbarItem>
            </ToolbarGroup>
          </ToolbarContent>
        </Toolbar>
      </MastheadContent>
    </Masthead>
  );
  const sidebar = (
    <PageSidebar>
      <PageSidebarBody>
        <Nav aria-label={strings.mainNavigation}>
          <NavList>
            {props.navigation.map((entry) => (
              <NavItem key={entry.to} isActive={entry.isActive}>
                <NavLink to={entry.to}>{entry.title}</NavLink>
              </NavItem>
            ))}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
  return (
    <PageFrame
      masthead={masthead}
      sidebar={sidebar}
      isManagedSidebar
      mainContainerId={content}
      banner={props.banners}
      skipToContent={
        <a className="ph-skip" href={`#${content}`}>
          {strings.skipToContent}
        </a>
      }
    >
      {props.children}
    </PageFrame>
  );
}

/** Takes the focus with Ctrl-K or `/`. */
function SearchBox({ onSearch }: { onSearch: (text: string) => void }) {
  const [text, setText] = useState("");
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if ((event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !typing)) {
        event.preventDefault();
        input.current?.focus();
      }
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
  return (
    <SearchInput
      className="ph-search"
      ref={input}
      aria-label={strings.searchPlaceholder}
      placeholder={strings.searchPlaceholder}
      value={text}
      onChange={(_, value) => setText(value)}
      onClear={() => setText("")}
      onSearch={(_, value) => {
        if (value.trim() !== "") onSearch(value.trim());
      }}
    />
  );
}

function Menu({ label, title, icon, sections }: { label: string; title?: string; icon?: ReactNode; sections: MenuSection[] }) {
  const [isOpen, setOpen] = useState(false);
  const entries = (list: MenuEntry[]) => (
    <DropdownList>
      {list.map((entry) => {
        const choose = () => {
          setOpen(false);
          entry.onClick?.();
        };
        const { to } = entry;
        return to === undefined ? (
          <DropdownItem key={entry.title} onClick={choose} isSelected={entry.isSelected ?? false}>
            {entry.title}
          </DropdownItem>
        ) : (
          <DropdownItem key={entry.title} onClick={choose} component={(own) => <Link {...own} to={to} />}>
            {entry.title}
          </DropdownItem>
        );
      })}
    </DropdownList>
  );
  return (
    <Dropdown
      isOpen={isOpen}
      onOpenChange={setOpen}
      popperProps={{ position: "right" }}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          aria-label={title === undefined ? label : `${label} ${title}`}
          isExpanded={isOpen}
          onClick={() => setOpen(!isOpen)}
          variant={title === undefined ? "plain" : "plainText"}
          icon={icon}
        >
          {title}
        </MenuToggle>
      )}
    >
      {sections.map((section, index) =>
        section.title === undefined ? (
          <div key={index}>{entries(section.entries)}</div>
        ) : (
          <DropdownGroup key={section.title} label={section.title}>
            {entries(section.entries)}
          </DropdownGroup>
        ),
      )}
    </Dropdown>
  );
}

export function InfoBanner({ severity, children }: { severity: "info" | "warning" | "error"; children: ReactNode }) {
  const colors = { info: "blue", warning: "yellow", error: "red" } as const;
  return (
    <Banner color={colors[severity]} screenReaderText={severity}>
      {children}
    </Banner>
  );
}

export function InlineNote({ severity, children }: { severity: "info" | "warning" | "success"; children: string }) {
  return <Alert isInline variant={severity} title={children} />;
}
