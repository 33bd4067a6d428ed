// Who joins a group: by size, by what they ask of the log, in the order of the line.
#include "core/write/write_queue.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

namespace loam::write {
namespace {

/// A writer in line: bytes, then letters: s sync, u without log, x exclusive.
struct Writer {
  std::uint64_t bytes;
  std::string how = {};
};

struct Case {
  const char* name;
  std::vector<Writer> line;  ///< the leader first
  std::size_t group;         ///< how many of them are one group
};

constexpr std::uint64_t kSmall = 128 * kKiB;

const Case kCases[] = {
    {"alone", {{10}}, 1},
    {"all that wait", {{10}, {20}, {30}}, 3},
    {"a small first takes 128 KiB more", {{100}, {kSmall - 1}, {1}, {1}}, 3},
    {"nothing behind one that does not fit", {{100}, {kSmall + 1}, {1}}, 1},
    {"128 KiB are small", {{kSmall}, {kSmall}, {1}}, 2},
    {"above that, 1 MiB in all", {{kSmall + 1}, {kMiB - kSmall - 1}, {1}}, 2},
    {"1 MiB in all is the limit", {{kSmall + 1}, {kMiB - kSmall}}, 1},
    {"a larger one goes alone", {{2 * kMiB}, {0}, {1}}, 1},
    {"no synced writer in an unsynced group", {{10}, {10}, {10, "s"}, {10}}, 2},
    {"nor a synced barrier", {{10}, {0, "s"}}, 1},
    {"an unsynced writer in a synced group", {{10, "s"}, {10}, {10, "s"}, {10}}, 4},
    {"logged and unlogged do not mix", {{10}, {10, "u"}}, 1},
    {"unlogged and logged do not mix", {{10, "u"}, {10, "u"}, {10}}, 2},
    {"who wants to be alone is", {{10}, {10}, {0, "x"}, {10}}, 2},
    {"and leads alone", {{0, "x"}, {10}}, 1},
};

class Groups : public testing::TestWithParam<Case> {};

TEST_P(Groups, AreCollectedFromTheLine) {
  const Case& c = GetParam();
  std::deque<std::string> batches;
  std::deque<Request> requests;  // linked as join() links them
  for (const Writer& writer : c.line) {
    Request& request = requests.emplace_back();
    request.batch = batches.emplace_back(writer.bytes, 'b');
    request.sync = writer.how.find('s') != std::string::npos;
    request.disable_wal = writer.how.find('u') != std::string::npos;
    request.exclusive = writer.how.find('x') != std::string::npos;
    if (requests.size() > 1) requests[requests.size() - 2].next = &request;
  }
  WriteQueue queue;
  Request* last = queue.collect(requests.front());
  EXPECT_EQ(last, &requests[c.group - 1]) << c.name;

  const Status failure = Status::io("disk");
  failure.ignore("the leader knows it; the others get copies");
  queue.finish(requests.front(), last, failure);
  for (std::size_t i = 1; i < requests.size(); ++i) {
    EXPECT_EQ(requests[i].done, i < c.group) << c.name << ", writer " << i;
    EXPECT_EQ(requests[i].status.ok(), i >= c.group) << c.name << ", writer " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Groups, testing::ValuesIn(kCases));

}  // namespace
}  // namespace loam::write
