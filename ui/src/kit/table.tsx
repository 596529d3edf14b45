// The one table: columns with names for assistive technology, sorting, selection, a menu per row, and "more" at its end.
import {
  Button,
  Dropdown,
  DropdownItem,
  DropdownList,
  MenuToggle,
  SearchInput,
  Toolbar,
  ToolbarContent,
  ToolbarItem,
} from "@patternfly/react-core";
import { EllipsisVIcon } from "@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useState, type ReactNode } from "react";
import { strings } from "../strings";
import { ErrorNote, Loading, Nothing } from "./basics";

export interface Column<Row> {
  title: string;
  render: (row: Row) => ReactNode;
  /** The word that the server sorts by; absent where it does not. */
  sort?: string;
  /** Takes no more room than it needs. */
  narrow?: boolean;
}

export interface RowAction {
  title: string;
  onClick: () => void;
  danger?: boolean;
  disabled?: boolean;
}

export interface Selection {
  selected: ReadonlySet<string>;
  onChange: (selected: ReadonlySet<string>) => void;
}

interface Props<Row> {
  label: string;
  rows: readonly Row[] | undefined;
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  actions?: (row: Row) => RowAction[];
  selection?: Selection;
  sort?: { by: string; descending: boolean; onChange: (by: string, descending: boolean) => void };
  filter?: { value: string; onChange: (value: string) => void; placeholder: string };
  toolbar?: ReactNode;
  empty?: ReactNode;
  error?: unknown;
  onRetry?: () => void;
  more?: { onMore: () => void; isLoading: boolean } | undefined;
}

export function DataTable<Row>(props: Props<Row>) {
  const { rows, filter, toolbar } = props;
  return (
    <>
      {filter !== undefined || toolbar !== undefined ? (
        <Toolbar>
          <ToolbarContent>
            {filter === undefined ? null : (
              <ToolbarItem>
                <SearchInput
                  aria-label={filter.placeholder}
                  placeholder={filter.placeholder}
                  value={filter.value}
                  onChange={(_, value) => filter.onChange(value)}
                  onClear={() => filter.onChange("")}
                />
              </ToolbarItem>
            )}
            {toolbar}
          </ToolbarContent>
        </Toolbar>
      ) : null}
      {props.error !== undefined && props.error !== null ? (
        <ErrorNote error={props.error} {...(props.onRetry === undefined ? {} : { onRetry: props.onRetry })} />
      ) : rows === undefined ? (
        <Loading />
      ) : rows.length === 0 ? (
        (props.empty ?? <Nothing title={strings.nothingFound} />)
      ) : (
        <Rows {...props} rows={rows} />
      )}
    </>
  );
}

function Rows<Row>(props: Props<Row> & { rows: readonly Row[] }) {
  const { rows, columns, rowKey, actions, selection, sort, more } = props;
  const keys = rows.map(rowKey);
  const allSelected = selection !== undefined && keys.every((key) => selection.selected.has(key));
  const toggle = (key: string, isSelected: boolean) => {
    if (selection === undefined) return;
    const next = new Set(selection.selected);
    if (isSelected) next.add(key);
    else next.delete(key);
    selection.onChange(next);
  };
  return (
    <>
      <Table variant="compact" aria-label={props.label}>
        <Thead>
          <Tr>
            {selection === undefined ? null : (
              <Th
                aria-label={strings.selectAll}
                select={{ isSelected: allSelected, onSelect: (_, isSelected) => selection.onChange(new Set(isSelected ? keys : [])) }}
              />
            )}
            {columns.map((column, index) => (
              <Th key={column.title} modifier={column.narrow ? "fitContent" : "nowrap"} {...sortOf(column, index, columns, sort)}>
                {column.title}
              </Th>
            ))}
            {actions === undefined ? null : <Th screenReaderText={strings.actions} />}
          </Tr>
        </Thead>
        <Tbody>
          {rows.map((row, index) => (
            <Tr key={keys[index]}>
              {selection === undefined ? null : (
                <Td
                  dataLabel={strings.select}
                  select={{
                    rowIndex: index,
                    isSelected: selection.selected.has(keys[index] ?? ""),
                    onSelect: (_, isSelected) => toggle(keys[index] ?? "", isSelected),
                  }}
                />
              )}
              {columns.map((column) => (
                <Td key={column.title} dataLabel={column.title} modifier={column.narrow ? "fitContent" : "breakWord"}>
                  {column.render(row)}
                </Td>
              ))}
              {actions === undefined ? null : (
                <Td isActionCell>
                  <RowMenu label={`${strings.actionsFor} ${keys[index]}`} actions={actions(row)} />
                </Td>
              )}
            </Tr>
          ))}
        </Tbody>
      </Table>
      {more === undefined ? null : (
        <Button variant="link" onClick={more.onMore} isLoading={more.isLoading} isDisabled={more.isLoading}>
          {strings.showMore}
        </Button>
      )}
    </>
  );
}

function sortOf<Row>(column: Column<Row>, index: number, columns: readonly Column<Row>[], sort: Props<Row>["sort"]) {
  if (sort === undefined || column.sort === undefined) return {};
  const active = columns.findIndex((other) => other.sort === sort.by);
  const direction: "asc" | "desc" = sort.descending ? "desc" : "asc";
  return {
    sort: {
      columnIndex: index,
      sortBy: active < 0 ? {} : { index: active, direction },
      onSort: (_: unknown, __: number, chosen: string) => sort.onChange(column.sort ?? "", chosen === "desc"),
    },
  };
}

export function RowMenu({ label, actions, icon }: { label: string; actions: RowAction[]; icon?: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  if (actions.length === 0) return null;
  return (
    <Dropdown
      isOpen={isOpen}
      onOpenChange={setOpen}
      popperProps={{ position: "right" }}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          variant="plain"
          size="sm"
          aria-label={label}
          isExpanded={isOpen}
          onClick={() => setOpen(!isOpen)}
          icon={icon ?? <EllipsisVIcon />}
        />
      )}
    >
      <DropdownList>
        {actions.map((action) => (
          <DropdownItem
            key={action.title}
            isDanger={action.danger ?? false}
            isDisabled={action.disabled ?? false}
            onClick={() => {
              setOpen(false);
              action.onClick();
            }}
          >
            {action.title}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}

/** A button that opens a menu of actions. */
export function ActionsMenu({ title, actions, isDisabled }: { title: string; actions: RowAction[]; isDisabled?: boolean }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Dropdown
      isOpen={isOpen}
      onOpenChange={setOpen}
      toggle={(ref) => (
        <MenuToggle ref={ref} isExpanded={isOpen} isDisabled={isDisabled ?? false} onClick={() => setOpen(!isOpen)}>
          {title}
        </MenuToggle>
      )}
    >
      <DropdownList>
        {actions.map((action) => (
          <DropdownItem
            key={action.title}
            isDanger={action.danger ?? false}
            isDisabled={action.disabled ?? false}
            onClick={() => {
              setOpen(false);
              action.onClick();
            }}
          >
            {action.title}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}

export function ToolbarSlot({ children }: { children: ReactNode }) {
  return <ToolbarItem>{children}</ToolbarItem>;
}
