/// Lines of a file or of standard input, any length, one view each.
///
/// A line ends at '\n'; the last one need not. A carriage return is data. Thread: confined.
/// Ownership: owns the file, not standard input.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::text {

class LineReader {
 public:
  /// "-" is standard input, whose lines are given as they come.  Fails: kIo, kNotFound.
  static Result<LineReader> open(const std::string& path);
  LineReader(LineReader&& other) noexcept;
  LineReader& operator=(LineReader&&) = delete;
  ~LineReader();

  /// True and `line` without its newline, valid until the next call; false at the end and after a
  /// failure: ask status().
  bool next(Bytes& line);
  [[nodiscard]] const Status& status() const { return status_; }
  /// "data.tsv:17", for the line that next() gave last.
  [[nodiscard]] std::string place() const;
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }
  /// Of the file, when it is a regular one; else 0.
  [[nodiscard]] std::uint64_t file_size() const { return file_size_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  LineReader(int file, std::string name);
  bool fill();

  int file_;
  std::string name_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // unread part of the buffer
  std::size_t end_ = 0;
  std::uint64_t line_number_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t file_size_ = 0;
  bool at_end_ = false;
  Status status_;
};

}  // namespace loam::text
