// Aligned columns for people.
#pragma once

#include <string>
#include <vector>

#include "cli/style.h"

namespace warmpath {

// One cell: text without escape codes or line breaks, and how it is drawn.
struct Cell {
  Cell(std::string text, Ink ink = Ink::kPlain) : text(std::move(text)), ink(ink) {}
  Cell(const char* text) : text(text) {}
  std::string text;
  Ink ink = Ink::kPlain;
};

// A Table lines up cells in columns as wide as their widest cell.
//
//   Table table({"PATH", "N"}, {1});          // the second column is of numbers: aligned to the
//   right table.Add({"backup", "412"}); table.Note("suspect (tools)");            // a line of its
//   own below the row out << table.Render(style, "  ");
//
// Thread safety: thread-compatible. Width is counted in code points: enough for what is shown here.
class Table {
 public:
  explicit Table(std::vector<std::string> header, std::vector<size_t> right_columns = {});

  // REQUIRES: as many cells as the header has.
  void Add(std::vector<Cell> cells);
  void Note(std::string text, Ink ink = Ink::kFaint);
  bool empty() const { return rows_.empty(); }

  // Lines, each beginning with `indent` and ending with a newline, without spaces at the end.
  std::string Render(const Style& style, const std::string& indent = "") const;

 private:
  struct Row {
    std::vector<Cell> cells;  // empty: a note
    Cell note{""};
  };

  std::string RenderRow(const Style& style, const std::vector<Cell>& cells,
                        const std::vector<size_t>& widths) const;

  std::vector<Cell> header_;
  std::vector<bool> right_;
  std::vector<Row> rows_;
};

}  // namespace warmpath
