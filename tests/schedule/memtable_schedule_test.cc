// A memtable that grows under its readers: the links of its skip list, one after another.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/memtable/memtable.h"
#include "core/plugin/comparator.h"
#include "tests/schedule/explorer.h"

namespace loam::test {
namespace {

using format::kSequenceMax;
using format::ValueType;

class Growing {
 public:
  explicit Growing(Controller& controller) : controller_(controller) {}

  void add(char key) {
    table_.add(++sequence_, ValueType::kPut, std::string(1, key), std::string(3, key));
    there_ += key;
  }
  void walk() {
    const std::string least = there_;
    std::string seen;
    auto at = table_.new_iterator();
    for (at->seek_to_first(); at->valid(); at->next()) {
      const char key = at->key()[0];
      if (!seen.empty() && key <= seen.back()) controller_.fail("keys do not ascend: " + seen);
      if (at->value() != std::string(3, key)) controller_.fail("an entry is seen in part");
      seen += key;
    }
    expect_all(least, seen);
  }
  void look_up() {
    const std::string least = there_;
    std::string found;
    for (const char key : least) {
      const memtable::Lookup lookup = table_.get(std::string(1, key), kSequenceMax);
      if (lookup.found && lookup.value == std::string(3, key)) found += key;
    }
    expect_all(least, found);
  }

 private:
  void expect_all(const std::string& least, const std::string& found) {
    for (const char key : least) {
      if (found.find(key) == std::string::npos) {
        controller_.fail(std::string(1, key) + " is missing, found " + found);
      }
    }
  }

  Controller& controller_;
  plugin::Comparator comparator_;
  format::InternalOrder order_{comparator_};
  memtable::Memtable table_{order_, 1};
  std::uint64_t sequence_ = 0;
  std::string there_;  // what was added, in that order
};

TEST(MemtableSchedule, ReadersFindWhatIsThereWhileItGrows) {
  expect_all_interleavings({3, 0}, {}, [](Controller& c) {
    Growing table(c);
    for (const char key : {'b', 'k', 'e', 'h', 'n'}) table.add(key);
    c.together({{"writer",
                 [&] {
                   for (const char key : {'m', 'a', 'g'}) table.add(key);
                 }},
                {"reader", [&] {
                   table.walk();
                   table.look_up();
                 }}});
    table.walk();
    table.look_up();
  });
}

}  // namespace
}  // namespace loam::test
