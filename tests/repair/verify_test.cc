// Db::verify: each kind of damage is named with its file and place, all of it, and nothing is
// written.
#include <algorithm>
#include <utility>

#include "core/wal/writer.h"
#include "tests/repair/damaged_store.h"

namespace loam::test {
namespace {

using format::FileKind;

class Verify : public DamagedStore {
 protected:
  /// Two tables, and a log with a synced batch and one that is not.
  void SetUp() override {
    store_.open();
    put_many(300, "old");
    must(store_.db().flush());
    put_many(300, "new");
    must(store_.db().flush());
    put("logged", "1", /*sync=*/true);
    put("logged too", "2");
    must(store_.close());
  }
};

TEST_P(Verify, AWholeStoreIsClean) {
  const auto before = files();
  const VerifyReport report = verify();
  EXPECT_TRUE(report.clean()) << text(report.damage);
  EXPECT_TRUE(report.notes.empty()) << text(report.notes);
  EXPECT_TRUE(report.unreferenced.empty());
  EXPECT_FALSE(report.drops_intact);
  EXPECT_EQ(report.tables, 2u);
  EXPECT_EQ(report.entries, 600u);
  EXPECT_EQ(report.batches, 2u);
  EXPECT_EQ(report.files, 4u);
  std::uint64_t bytes = 0;
  for (const auto& [name, content] : before) {
    const auto kind = format::parse_file_name(name)->kind;
    const bool counts =
        kind == FileKind::kTable || kind == FileKind::kLog || kind == FileKind::kManifest;
    if (counts) bytes += content.size();
  }
  EXPECT_EQ(report.bytes, bytes);
  EXPECT_TRUE(files() == before);
}

TEST_P(Verify, EveryBadBlockOfEveryTableIsNamed) {
  const auto tables = names(FileKind::kTable);
  ASSERT_EQ(tables.size(), 2u);
  flip(tables[0], 10);
  flip(tables[0], 2000);
  flip(tables[1], 10);
  const VerifyReport report = verify();
  ASSERT_EQ(report.damage.size(), 3u) << text(report.damage);
  EXPECT_EQ(std::count_if(report.damage.begin(), report.damage.end(),
                          [&](const Finding& one) { return one.file == tables[0]; }),
            2);
  for (const Finding& one : report.damage) {
    EXPECT_TRUE(one.offset.has_value());
    EXPECT_NE(one.message.find("checksum"), std::string::npos) << one.message;
  }
}

TEST_P(Verify, AByteAnywhereInATableIsFound) {
  const std::string table = names(FileKind::kTable)[0];
  const std::string good = files()[table];
  // What stands between the handles and the magic of LevelDB's footer is nothing.
  constexpr std::size_t kFooterAndMagic = 48;
  const std::size_t end = good.size() - (GetParam() == Format::kLevelDb ? kFooterAndMagic : 0);
  for (std::size_t at = 0; at < end; at += 37) {
    write_file(fs_, path(table), good);
    flip(table, at);
    const VerifyReport report = verify();
    ASSERT_FALSE(report.clean()) << at;
    for (const Finding& one : report.damage) ASSERT_EQ(one.file, table);
  }
}

TEST_P(Verify, MissingFilesAreNamed) {
  const std::string table = names(FileKind::kTable)[1];
  lose(table);
  expect_damage(table, "missing");
  const std::string log = only(FileKind::kLog);
  lose(log);
  EXPECT_EQ(verify().damage.size(), 2u);
}

TEST_P(Verify, AMissingManifestOrCurrentIsNamed) {
  const std::string manifest = only(FileKind::kManifest);
  const std::string content = files()[manifest];
  lose(manifest);
  expect_damage(manifest, "missing");
  write_file(fs_, path(manifest), content);
  write_file(fs_, path("CURRENT"), manifest);
  expect_damage("CURRENT", "newline");
  lose("CURRENT");
  expect_damage("CURRENT", "missing");
}

TEST_P(Verify, ADamagedManifestIsNamedWithItsPlace) {
  const std::string manifest = only(FileKind::kManifest);
  flip(manifest, 40);
  const VerifyReport report = verify();
  ASSERT_EQ(report.damage.size(), 1u) << text(report.damage);
  EXPECT_EQ(report.damage[0].file, manifest);
  EXPECT_EQ(report.damage[0].offset, 0u);
}

TEST_P(Verify, DamageToSyncedLogIsNamed) {
  const std::string log = only(FileKind::kLog);
  flip(log, 60);
  const VerifyReport report = verify();
  ASSERT_EQ(report.damage.size(), 1u) << text(report.damage);
  EXPECT_EQ(report.damage[0].file, log);
  EXPECT_TRUE(report.damage[0].offset.has_value());
}

TEST_P(Verify, FilesThatNothingRefersToAreListed) {
  write_file(fs_, path("009999.ldb"), "left over");
  write_file(fs_, path("MANIFEST-009997"), "old");
  write_file(fs_, path("009996.dbtmp"), "draft");
  write_file(fs_, path("mine.txt"), "not a file of ours");
  const VerifyReport report = verify();
  EXPECT_TRUE(report.clean()) << text(report.damage);
  EXPECT_EQ(report.unreferenced,
            (std::vector<std::string>{"009999.ldb", "MANIFEST-009997", "009996.dbtmp"}));
}

/// No log of LevelDB's has a header.
class VerifyHeads : public Verify {};

/// What reuse_logs leaves when the power fails while it begins the log that takes over: the next
/// open removes it, and it says nothing about the manifest.
TEST_P(VerifyHeads, ALogThatWasCutInItsHeaderIsNoDamage) {
  constexpr std::uint64_t kNumber = 1000;
  const std::string name = format::log_name(kNumber);
  auto file = fs_.open_append(path(name), LOAM_APPEND_CREATE_NEW);
  must(file.status());
  wal::Writer log(std::move(file).value(), kNumber, /*use_window=*/false);
  wal::LogHeader header;
  header.predecessor = kNumber;
  must(log.append(wal::encode_log_header(header)));
  must(log.close());
  const std::string whole = files()[name];
  ASSERT_FALSE(whole.empty());
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    write_file(fs_, path(name), whole.substr(0, size));
    const VerifyReport report = verify();
    EXPECT_TRUE(report.clean()) << "cut at " << size << ": " << text(report.damage);
  }
  store_.reopen();
  EXPECT_EQ(difference(store_.db(), OrderKind::kBytewise, reference_), "");
}

TEST_P(Verify, NoStoreIsNoStore) {
  EXPECT_EQ(Db::verify("/nowhere", store_.options).status().code(), Code::kNotFound);
  must(fs_.make_directory("/empty"));
  EXPECT_EQ(Db::verify("/empty", store_.options).status().code(), Code::kNotFound);
  EXPECT_EQ(Db::repair("/empty", store_.options).status().code(), Code::kNotFound);
  EXPECT_TRUE(read_directory(fs_, "/empty").empty());
}

TEST_P(Verify, AnotherProgramsStoreIsRefusedAndLeftAlone) {
  must(fs_.make_directory("/foreign"));
  write_file(fs_, "/foreign/IDENTITY", "7b2c");
  write_file(fs_, "/foreign/CURRENT", "MANIFEST-000004\n");
  write_file(fs_, "/foreign/MANIFEST-000004", std::string("\1\2\3\4\5\0\1hello", 12));
  const auto before = read_directory(fs_, "/foreign");
  EXPECT_EQ(Db::verify("/foreign", store_.options).status().code(), Code::kNotSupported);
  EXPECT_EQ(Db::repair("/foreign", store_.options).status().code(), Code::kNotSupported);
  must(fs_.remove_file("/foreign/CURRENT"));
  EXPECT_EQ(Db::repair("/foreign", store_.options).status().code(), Code::kNotSupported);
  write_file(fs_, "/foreign/CURRENT", "MANIFEST-000004\n");
  EXPECT_TRUE(read_directory(fs_, "/foreign") == before);
}

TEST_P(Verify, TheOtherFormatThanWantedIsRefused) {
  const auto before = files();
  store_.options.format = GetParam() == Format::kLoam ? Format::kLevelDb : Format::kLoam;
  store_.options.table.codec = make(*store_.options.registry, kind::kCodec, "snappy");
  lose("CURRENT");  // the other files tell
  EXPECT_EQ(Db::verify(store_.path(), store_.options).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(Db::repair(store_.path(), store_.options).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(files().size(), before.size() - 1);
  store_.options.format.reset();
  EXPECT_TRUE(repair().changed);
}

TEST_P(Verify, AnOpenStoreIsBusy) {
  store_.open();
  EXPECT_EQ(Db::verify(store_.path(), store_.options).status().code(), Code::kBusy);
  EXPECT_EQ(Db::repair(store_.path(), store_.options).status().code(), Code::kBusy);
}

TEST_P(Verify, AnotherComparatorIsRefused) {
  store_.options.comparator = make(*store_.options.registry, kind::kComparator, "reverse_bytewise");
  const auto before = files();
  for (const Status& status : {Db::verify(store_.path(), store_.options).status(),
                               Db::repair(store_.path(), store_.options).status()}) {
    EXPECT_EQ(status.code(), Code::kInvalidArgument);
    EXPECT_NE(status.message().find(GetParam() == Format::kLoam ? "loam.bytewise"
                                                                : "leveldb.BytewiseComparator"),
              std::string::npos);
  }
  if (GetParam() == Format::kLevelDb) return;  // its manifest alone tells
  lose("CURRENT");
  lose(only(FileKind::kManifest));  // then the tables tell
  EXPECT_EQ(Db::repair(store_.path(), store_.options).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(names(FileKind::kTable).size(), 2u);
}

TEST_P(Verify, ProgressReachesTheEndAndMayEndIt) {
  AdminProgress last;
  VerifyOptions how;
  how.progress = [&last](const AdminProgress& at) {
    EXPECT_GE(at.bytes_done, last.bytes_done);
    last = at;
    return true;
  };
  ASSERT_TRUE(Db::verify(store_.path(), store_.options, how).ok());
  EXPECT_GT(last.bytes_total, 0u);
  EXPECT_EQ(last.bytes_done, last.bytes_total);
  how.progress = [](const AdminProgress&) { return false; };
  EXPECT_EQ(Db::verify(store_.path(), store_.options, how).status().code(), Code::kAborted);
}

INSTANTIATE_TEST_SUITE_P(Formats, VerifyHeads, ::testing::Values(Format::kLoam), name_of_format);
INSTANTIATE_TEST_SUITE_P(Formats, Verify, ::testing::Values(Format::kLoam, Format::kLevelDb),
                         name_of_format);

}  // namespace
}  // namespace loam::test
