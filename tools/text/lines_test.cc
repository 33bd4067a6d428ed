#include "tools/text/lines.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace loam::text {
namespace {

std::vector<std::string> lines_of(const std::string& content) {
  // Tests run beside each other, each in its own process.
  const std::string path = testing::TempDir() + "/lines_test." + std::to_string(getpid());
  std::ofstream(path, std::ios::binary) << content;
  auto reader = LineReader::open(path);
  EXPECT_TRUE(reader.ok());
  std::vector<std::string> lines;
  Bytes line;
  while (reader->next(line)) lines.emplace_back(line);
  EXPECT_TRUE(reader->status().ok());
  EXPECT_EQ(reader->bytes_read(), content.size());
  EXPECT_EQ(reader->file_size(), content.size());
  EXPECT_EQ(reader->place(), path + ":" + std::to_string(lines.size()));
  std::remove(path.c_str());
  return lines;
}

using Lines = std::vector<std::string>;

TEST(LineReader, EndsLinesAtNewlinesOnly) {
  EXPECT_EQ(lines_of(""), Lines{});
  EXPECT_EQ(lines_of("\n"), Lines{""});
  EXPECT_EQ(lines_of("a\r\n\nb"), (Lines{"a\r", "", "b"}));
  EXPECT_EQ(lines_of(std::string("a\0b\n", 4)), Lines{std::string("a\0b", 3)});
}

TEST(LineReader, CrossesItsBuffer) {
  Lines expected;
  std::string content;
  for (const std::size_t size : {262143U, 1U, 262144U, 0U, 262145U, 900001U, 7U}) {
    expected.emplace_back(size, static_cast<char>('a' + expected.size()));
    content += expected.back() + "\n";
  }
  EXPECT_EQ(lines_of(content), expected);
  content.pop_back();
  EXPECT_EQ(lines_of(content), expected);
}

TEST(LineReader, SaysWhichFileIsMissing) {
  const auto reader = LineReader::open(testing::TempDir() + "/absent/file");
  EXPECT_EQ(reader.status().code(), Code::kNotFound);
  EXPECT_NE(reader.status().message().find("absent/file"), Bytes::npos);
}

TEST(LineReader, ReportsAnUnreadableFile) {
  auto reader = LineReader::open(testing::TempDir());
  ASSERT_TRUE(reader.ok());
  Bytes line;
  EXPECT_FALSE(reader->next(line));
  EXPECT_EQ(reader->status().code(), Code::kIo);
}

}  // namespace
}  // namespace loam::text
