// What pages build with. Only the kit knows PatternFly.
export { Alert, Button, Card, CardBody, CardTitle, Form, ActionGroup } from "@patternfly/react-core";
export * from "./basics";
export * from "./bars";
export * from "./dialogs";
export * from "./entity";
export * from "./format";
export * from "./markdown";
export * from "./page";
export * from "./shell";
export * from "./table";
