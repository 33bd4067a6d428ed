#include "core/plugin/check_component.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "core/plugin/check_host.h"
#include "core/plugin/host.h"
#include "core/plugin/identity.h"
#include "core/plugin/manifest.h"
#include "core/plugin/settings_config.h"
#include "core/plugin/text_sink.h"
#include "core/plugin/typed.h"
#include "sdk/conformance/codec.h"
#include "sdk/conformance/compaction_filter.h"
#include "sdk/conformance/comparator.h"
#include "sdk/conformance/file_system.h"
#include "sdk/conformance/filter.h"
#include "sdk/conformance/merge_operator.h"

namespace loam::plugin {
namespace {

using conformance::LawCheck;

/// A plugin with its state for one host, and at most one instance of a component in it.
class Session {
 public:
  Session(const ComponentSubject& subject, const loam_host* host) : subject_(subject), host_(host) {
    if (subject.plugin.init == nullptr) return;
    CallError error;
    init_ = error.check(subject.plugin.init(host, &state_, error.raw()));
  }
  ~Session() {
    destroy();
    if (init_.ok() && subject_.plugin.deinit != nullptr) subject_.plugin.deinit(state_);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] const Status& init() const { return init_; }
  [[nodiscard]] void* self() const { return self_; }
  /// Requires: init() is OK. `config` outlives the instance.
  Status create(const SettingsConfig& config, bool with_error = true) {
    destroy();
    CallError error;
    const loam_status status =
        subject_.component.create(host_, state_, SettingsConfig::api(), config.config(), &self_,
                                  with_error ? error.raw() : nullptr);
    made_ = status >= 0;
    return error.check(status);
  }
  void destroy() {
    if (made_) subject_.component.destroy(self_);
    made_ = false;
    self_ = nullptr;
  }
  /// What identity() gives, or a failure.
  [[nodiscard]] Result<std::string> identity() const {
    std::string text;
    TextSink sink(text);
    const loam_status status = subject_.component.identity(self_, sink.raw());
    if (status < 0) return Status(static_cast<Code>(status), "identity fails");
    return text;
  }

 private:
  const ComponentSubject& subject_;
  const loam_host* host_;
  Status init_;
  void* state_ = nullptr;
  void* self_ = nullptr;
  bool made_ = false;
};

/// Memory whose end is the end of a page that nobody may touch behind.
std::shared_ptr<char> guarded_bytes(std::size_t size) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t usable = (size + page - 1) / page * page;
  void* base =
      ::mmap(nullptr, usable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) throw std::bad_alloc();
  char* begin = static_cast<char*>(base);
  if (::mprotect(begin + usable, page, PROT_NONE) != 0) throw std::bad_alloc();
  const std::size_t whole = usable + page;
  return {begin + (usable - size), [begin, whole](char*) { ::munmap(begin, whole); }};
}

class Report {
 public:
  Report(const std::string& subject, CheckLog& log) : subject_(subject), log_(log) {}
  void step(const std::string& step) { log_.step(subject_, step); }
  void add(conformance::Finding finding) {
    log_.add({subject_, std::move(finding.law),
              finding.ok ? CheckOutcome::kOk : CheckOutcome::kFailed, std::move(finding.detail)});
  }
  void add(conformance::Findings findings) {
    for (auto& finding : findings) add(std::move(finding));
  }
  void not_run(const std::string& law, const std::string& why) {
    log_.add({subject_, law, CheckOutcome::kNotRun, why});
  }

 private:
  const std::string& subject_;
  CheckLog& log_;
};

conformance::Finding check_schema(const ComponentSubject& subject) {
  LawCheck law("schema");
  if (subject.component.config_schema == nullptr) return law.take();
  const char* first = subject.component.config_schema();
  const char* second = subject.component.config_schema();
  if (!law.expect(first != nullptr && second != nullptr, "config_schema gave no text")) {
    return law.take();
  }
  const std::string_view text = first;
  law.expect(text == second, "config_schema gave another text the second time");
  law.expect(text.starts_with('{') && text.ends_with('}'),
             "expected a JSON object, found \"" + std::string(text.substr(0, 40)) + "\"");
  if (law.ok() && subject.options.schema_law) {
    const Status status = subject.options.schema_law(std::string(text), subject.name);
    law.expect(status.ok(), status.message());
  }
  return law.take();
}

/// A value of a type that no option has must be refused, and where it stands must be said.
conformance::Finding check_wrong_types(const ComponentSubject& subject, Session& session,
                                       const std::vector<std::string>& options) {
  LawCheck law("wrong_types");
  for (const std::string& option : options) {
    Settings settings = subject.settings;
    settings.insert_or_assign(option, Component());  // an empty component is no value at all
    const SettingsConfig config(settings);
    const Status status = session.create(config);
    const std::string what = "option \"" + option + "\" of a wrong type: ";
    law.expect(status.code() == Code::kInvalidArgument,
               what + "expected INVALID_ARGUMENT, found " + status.to_string());
    law.expect(status.ok() || status.pointer() == "/" + option,
               what + "expected the pointer /" + option + ", found \"" +
                   std::string(status.pointer()) + "\"");
    session.destroy();
    const SettingsConfig again(settings);
    law.expect(!session.create(again, false).ok(), what + "accepted when nobody asks why");
    session.destroy();
  }
  return law.take();
}

conformance::Finding check_identity(const ComponentSubject& subject, Session& session) {
  LawCheck law("identity");
  const loam_component& c = subject.component;
  if (c.persistent_id == nullptr) return law.take();
  const auto first = session.identity();
  if (!law.expect(first.ok(), "identity fails")) return law.take();
  const std::string id = c.persistent_id;
  law.expect(*first == id || first->starts_with(id + "?"),
             "expected it to begin with \"" + id + "\", found \"" + *first + "\"");
  const auto again = session.identity();
  law.expect(again.ok() && *again == *first, "it changes from one call to the next");
  std::string nothing;
  TextSink full(nothing, 0);
  law.expect(c.identity(session.self(), full.raw()) < 0, "a sink that fails goes unnoticed");
  const auto parsed = parse_identity(*first);
  if (!law.expect(parsed.ok(), std::string(parsed.status().message()))) return law.take();
  // A stack remembers file systems with all their options: what they wrap, where their key is.
  if (c.kind == std::string_view(LOAM_KIND_FILE_SYSTEM)) return law.take();
  // What a file remembers must suffice, without the stack's other options.
  const SettingsConfig config(parsed->settings);
  const Status made = session.create(config);
  if (!law.expect(made.ok(), "\"" + *first + "\" does not suffice to make it again: " +
                                 std::string(made.message()))) {
    return law.take();
  }
  const auto second = session.identity();
  law.expect(second.ok() && *second == *first,
             "made again from \"" + *first + "\" it says \"" + (second.ok() ? *second : "") + "\"");
  return law.take();
}

/// Hosts without services and without memory: the plugin works or refuses, and leaves nothing.
conformance::Finding check_odd_hosts(const ComponentSubject& subject) {
  LawCheck law("odd_hosts");
  const SettingsConfig config(subject.settings);
  {
    const OddHost bare;
    Session session(subject, bare.host());
    law.expect(session.init().ok(),
               "init fails in a host without services: " + session.init().to_string());
    if (!law.ok()) return law.take();
    const Status made = session.create(config);
    law.expect(made.ok(), "create fails in a host without services: " + made.to_string());
  }
  for (std::uint64_t failing = 0; failing < 16; ++failing) {
    const OddHost poor(true, failing);
    {
      Session session(subject, poor.host());
      if (!session.init().ok()) continue;
      const Status made = session.create(config);
      law.expect(made.ok() || made.code() == Code::kNoMemory,
                 "allocation " + std::to_string(failing) +
                     " failed: expected OK or NO_MEMORY, found " + made.to_string());
    }
    law.expect(poor.held() == 0,
               std::to_string(poor.held()) + " bytes of the host's memory are not given back");
  }
  return law.take();
}

conformance::Findings file_system_findings(const ComponentSubject& subject, void* self) {
  const sdk::FileSystem fs(static_cast<const loam_file_system_v1*>(subject.component.table), self);
  const std::string parent =
      subject.options.scratch_directory + "/loam-check-" + std::to_string(::getpid());
  for (std::size_t at = parent.find('/', 1); at != std::string::npos;
       at = parent.find('/', at + 1)) {
    // Those above may exist and not be ours; whether the last one can be made decides.
    fs.make_directory(parent.substr(0, at)).ignore("whether the last one can be made decides");
  }
  conformance::Findings findings;
  const Status made = fs.make_directory(parent);
  if (!made.ok()) return {{"scratch_directory", false, made.to_string()}};
  for (const conformance::FileSystemLaw& law : conformance::file_system_laws()) {
    const Status status = conformance::check_file_system_law(law, fs, parent);
    findings.push_back({law.name, status.ok(), std::string(status.message())});
  }
  const Status removed = fs.remove_directory(parent);
  findings.push_back({"remove_directory", removed.ok(), std::string(removed.message())});
  return findings;
}

conformance::Findings kind_findings(const ComponentSubject& subject, void* self) {
  const std::string_view kind = subject.component.kind;
  const void* table = subject.component.table;
  if (kind == LOAM_KIND_CODEC) {
    return conformance::codec_laws(*static_cast<const loam_codec_v1*>(table), self, &guarded_bytes);
  }
  if (kind == LOAM_KIND_FILTER) {
    return conformance::filter_laws(*static_cast<const loam_filter_v1*>(table), self,
                                    &guarded_bytes);
  }
  if (kind == LOAM_KIND_COMPARATOR) {
    return conformance::comparator_laws(*static_cast<const loam_comparator_v1*>(table), self);
  }
  if (kind == LOAM_KIND_COMPACTION_FILTER) {
    return conformance::compaction_filter_laws(
        *static_cast<const loam_compaction_filter_v1*>(table), self);
  }
  if (kind == LOAM_KIND_MERGE_OPERATOR) {
    return conformance::merge_operator_laws(*static_cast<const loam_merge_operator_v1*>(table),
                                            self);
  }
  if (kind == LOAM_KIND_FILE_SYSTEM) return file_system_findings(subject, self);
  return {};
}

}  // namespace

void check_component(const ComponentSubject& subject, CheckLog& log) {
  Report report(subject.name, log);
  report.step("schema");
  report.add(check_schema(subject));
  report.step("create");
  HostServices services("loam plugin check", Environment::system(), nullptr);
  Session session(subject, services.host());
  if (!session.init().ok()) {
    report.add({"create", false, "init fails: " + session.init().to_string()});
    return;
  }
  const SettingsConfig config(subject.settings);
  const Status made = session.create(config);
  const std::vector<std::string> asked = config.asked();
  for (const auto& [option, value] : subject.settings) {
    if (std::find(asked.begin(), asked.end(), option) == asked.end()) {
      log.unused_setting(subject.name + "/" + option);
    }
  }
  const bool needs_options = made.code() == Code::kInvalidArgument && subject.settings.empty();
  if (needs_options) {
    report.not_run("create",
                   "it needs options that were not given: " + std::string(made.message()));
  } else {
    report.add({"create", made.ok(), std::string(made.message())});
  }
  if (!made.ok()) return;
  report.step("laws_of_its_kind");
  report.add(kind_findings(subject, session.self()));
  report.step("identity");
  report.add(check_identity(subject, session));
  session.destroy();
  report.step("wrong_types");
  report.add(check_wrong_types(subject, session, asked));
  report.step("odd_hosts");
  report.add(check_odd_hosts(subject));
  report.step("deinit");
}

}  // namespace loam::plugin
