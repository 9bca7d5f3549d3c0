#include "cli/table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace warmpath {
namespace {

size_t Width(const std::string& text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

}  // namespace

Table::Table(std::vector<std::string> header, std::vector<size_t> right_columns)
    : right_(header.size(), false) {
  for (std::string& name : header) header_.emplace_back(std::move(name), Ink::kFaint);
  for (const size_t column : right_columns) right_[column] = true;
}

void Table::Add(std::vector<Cell> cells) { rows_.push_back({std::move(cells), Cell("")}); }

void Table::Note(std::string text, Ink ink) { rows_.push_back({{}, Cell(std::move(text), ink)}); }

std::string Table::RenderRow(const Style& style, const std::vector<Cell>& cells,
                             const std::vector<size_t>& widths) const {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string padding(widths[i] - Width(cells[i].text), ' ');
    const std::string text = style.Paint(cells[i].ink, cells[i].text);
    if (right_[i]) {
      absl::StrAppend(&line, padding, text);
    } else {
      absl::StrAppend(&line, text, i + 1 < cells.size() ? padding : "");
    }
    if (i + 1 < cells.size()) line += "  ";
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

std::string Table::Render(const Style& style, const std::string& indent) const {
  std::vector<size_t> widths;
  for (const Cell& cell : header_) widths.push_back(Width(cell.text));
  for (const Row& row : rows_) {
    for (size_t i = 0; i < row.cells.size(); ++i) {
      widths[i] = std::max(widths[i], Width(row.cells[i].text));
    }
  }
  std::string text = absl::StrCat(indent, RenderRow(style, header_, widths), "\n");
  for (const Row& row : rows_) {
    absl::StrAppend(&text, indent,
                    row.cells.empty()
                        ? style.Paint(row.note.ink, absl::StrCat("    ", row.note.text))
                        : RenderRow(style, row.cells, widths),
                    "\n");
  }
  return text;
}

}  // namespace warmpath
