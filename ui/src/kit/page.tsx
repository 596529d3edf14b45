// The shape of a page: title, crumbs, tabs kept in the address, sections.
import { Breadcrumb, BreadcrumbItem, Content, PageSection, Tab, Tabs, TabTitleText, Title } from "@patternfly/react-core";
import { useEffect, useId, type ReactNode } from "react";
import { Link, useSearchParams } from "react-router";
import { strings } from "../strings";

export interface Crumb {
  title: string;
  to?: string;
}

export function Page(props: { title: string; heading?: ReactNode; crumbs?: Crumb[]; actions?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${props.title} · ${strings.product}`;
  }, [props.title]);
  return (
    <>
      <PageSection>
        {props.crumbs === undefined ? null : (
          <Breadcrumb aria-label={strings.breadcrumb}>
            {props.crumbs.map((crumb) => (
              <BreadcrumbItem key={crumb.title} isActive={crumb.to === undefined}>
                {crumb.to === undefined ? crumb.title : <Link to={crumb.to}>{crumb.title}</Link>}
              </BreadcrumbItem>
            ))}
          </Breadcrumb>
        )}
        <div className="ph-heading">
          <Title headingLevel="h1">{props.heading ?? props.title}</Title>
          <div className="ph-heading-actions">{props.actions}</div>
        </div>
      </PageSection>
      <PageSection isFilled>{props.children}</PageSection>
    </>
  );
}

export interface TabSpec {
  key: string;
  title: string;
  content: ReactNode;
}

/** Tabs whose choice stands in the address as `tab`, whatever its case. */
export function PageTabs({ tabs, label }: { tabs: TabSpec[]; label: string }) {
  const [parameters, setParameters] = useSearchParams();
  const panel = useId();
  const wanted = (parameters.get("tab") ?? "").toLowerCase();
  const active = tabs.find((tab) => tab.key === wanted) ?? tabs[0];
  if (active === undefined) return null;
  return (
    <>
      <Tabs
        aria-label={label}
        activeKey={active.key}
        onSelect={(_, key) => setParameters({ tab: String(key) })}
        className="ph-tabs"
      >
        {tabs.map((tab) => (
          <Tab key={tab.key} id={`${panel}-${tab.key}`} eventKey={tab.key} tabContentId={panel} title={<TabTitleText>{tab.title}</TabTitleText>} />
        ))}
      </Tabs>
      <div className="ph-tab-content" id={panel} role="tabpanel" aria-labelledby={`${panel}-${active.key}`}>
        {active.content}
      </div>
    </>
  );
}

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="ph-section" aria-label={title}>
      <Title headingLevel="h2" size="lg">
        {title}
      </Title>
      {children}
    </section>
  );
}

export function Text({ children }: { children: ReactNode }) {
  return <Content component="p">{children}</Content>;
}

/** Facts with their names. */
export function Facts({ facts }: { facts: [string, ReactNode][] }) {
  return (
    <dl className="ph-facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
