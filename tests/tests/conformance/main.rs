//! One suite of behaviours, run on every adapter over every transport.
//!
//! Another adapter is one line in `on_every_adapter!`, another transport one in `on_every_transport!`, another behaviour
//! one name in `everywhere!`, `full_profile!` or `plain_profile!`.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]
#![allow(clippy::needless_pass_by_value, reason = "tests consume what they are done with")]

mod accepting;
mod admission;
mod batches;
mod bounds;
mod closing;
mod completion;
mod connecting;
mod cuts;
mod ending;
mod fairness;
mod flows;
#[cfg(unix)]
mod foreign;
mod futurelock;
mod gone;
mod heartbeat;
mod kit;
mod many;
mod ordering;
mod own_thread;
mod posting;
mod reading;
mod reentrancy;
mod shutdown;
mod together;
mod vectors;
mod waiting;
mod writing;

use bowline_runtime::Profile;
use bowline_tests::{Adapter, Transport, World, watchdog};

macro_rules! on_every_adapter {
    ($each:ident) => {
        mod tokio_current_thread {
            $each!(bowline_tests::Tokio::current_thread);
        }
        mod tokio_multi_thread {
            $each!(bowline_tests::Tokio::multi_thread);
        }
        mod smol {
            $each!(bowline_tests::Smol::own_executor);
        }
        mod std_threads {
            $each!(bowline_tests::Std::threads);
        }
    };
}

/// One of each adapter's kinds, where what is tested is not the adapter.
macro_rules! on_some_adapters {
    ($each:ident) => {
        mod secure_tokio {
            $each!(bowline_tests::Tokio::multi_thread);
        }
        mod secure_smol {
            $each!(bowline_tests::Smol::own_executor);
        }
        mod secure_std {
            $each!(bowline_tests::Std::threads);
        }
    };
}

/// Adapters whose executor can end before what was made in it. That of plain threads is the process's.
macro_rules! on_every_mortal_adapter {
    ($each:ident) => {
        mod mortal_tokio_current_thread {
            $each!(bowline_tests::Tokio::current_thread);
        }
        mod mortal_tokio_multi_thread {
            $each!(bowline_tests::Tokio::multi_thread);
        }
        mod mortal_smol {
            $each!(bowline_tests::Smol::own_executor);
        }
        mod mortal_simulated {
            $each!(bowline_tests::Simulated::in_memory);
        }
    };
}

/// One adapter's clients with another's servers.
macro_rules! on_every_pair {
    ($each:ident) => {
        mod tokio_serves_smol {
            $each!(bowline_tests::Cross::tokio_smol);
        }
        mod tokio_serves_std {
            $each!(bowline_tests::Cross::tokio_std);
        }
        mod smol_serves_tokio {
            $each!(bowline_tests::Cross::smol_tokio);
        }
        mod smol_serves_std {
            $each!(bowline_tests::Cross::smol_std);
        }
        mod std_serves_tokio {
            $each!(bowline_tests::Cross::std_tokio);
        }
        mod std_serves_smol {
            $each!(bowline_tests::Cross::std_smol);
        }
    };
}

macro_rules! pairs {
    ($adapter:path) => {
        mod local {
            everywhere!($adapter, Local, Full);
        }
        mod plain_tcp {
            everywhere!($adapter, Tcp, Plain);
        }
    };
}

macro_rules! mortal {
    ($adapter:path) => {
        mod local {
            tests! { $adapter, Local, Full:
                gone { tasks_end, waiting_threads_are_freed, servers_and_connects_end, callbacks_are_dropped, }
                drops {
                    with_the_runtime_first, with_the_runtime_second, with_the_runtime_third,
                    with_the_runtime_fourth, with_the_runtime_fifth, with_the_runtime_last,
                }
            }
        }
        mod tcp {
            tests! { $adapter, Tcp, Full:
                gone { tasks_end, waiting_threads_are_freed, servers_and_connects_end, callbacks_are_dropped, }
            }
        }
        mod stream {
            tests! { $adapter, Stream, Full:
                gone { tasks_end, waiting_threads_are_freed, servers_and_connects_end, callbacks_are_dropped, }
                drops {
                    with_the_runtime_first, with_the_runtime_second, with_the_runtime_third,
                    with_the_runtime_fourth, with_the_runtime_fifth, with_the_runtime_last,
                }
            }
        }
    };
}

#[cfg(unix)]
macro_rules! on_every_transport {
    ($adapter:path) => {
        mod unix {
            full_profile!($adapter, Unix);
            half_closing!($adapter, Unix);
            costly!($adapter, Unix);
            foreign_peers!($adapter, Unix);
            everywhere!($adapter, Unix, Full);
        }
        mod abstract_name {
            full_profile!($adapter, Abstract);
            half_closing!($adapter, Abstract);
            everywhere!($adapter, Abstract, Full);
        }
        mod tcp {
            full_profile!($adapter, Tcp);
            half_closing!($adapter, Tcp);
            foreign_peers!($adapter, Tcp);
            everywhere!($adapter, Tcp, Full);
        }
        mod stream {
            full_profile!($adapter, Stream);
            half_closing!($adapter, Stream);
            costly!($adapter, Stream);
            everywhere!($adapter, Stream, Full);
        }
        mod plain_unix {
            plain_profile!($adapter, Unix);
            plain_half_closing!($adapter, Unix);
            plain_foreign_peers!($adapter, Unix);
            everywhere!($adapter, Unix, Plain);
        }
        mod plain_tcp {
            plain_profile!($adapter, Tcp);
            plain_half_closing!($adapter, Tcp);
            plain_foreign_peers!($adapter, Tcp);
            everywhere!($adapter, Tcp, Plain);
        }
        mod plain_stream {
            plain_profile!($adapter, Stream);
            plain_half_closing!($adapter, Stream);
            everywhere!($adapter, Stream, Plain);
        }
    };
}

#[cfg(windows)]
macro_rules! on_every_transport {
    ($adapter:path) => {
        mod pipe {
            full_profile!($adapter, Pipe);
            costly!($adapter, Pipe);
            everywhere!($adapter, Pipe, Full);
        }
        mod tcp {
            full_profile!($adapter, Tcp);
            half_closing!($adapter, Tcp);
            everywhere!($adapter, Tcp, Full);
        }
        mod stream {
            full_profile!($adapter, Stream);
            half_closing!($adapter, Stream);
            costly!($adapter, Stream);
            everywhere!($adapter, Stream, Full);
        }
        mod plain_pipe {
            plain_profile!($adapter, Pipe);
            everywhere!($adapter, Pipe, Plain);
        }
        mod plain_tcp {
            plain_profile!($adapter, Tcp);
            plain_half_closing!($adapter, Tcp);
            everywhere!($adapter, Tcp, Plain);
        }
        mod plain_stream {
            plain_profile!($adapter, Stream);
            plain_half_closing!($adapter, Stream);
            everywhere!($adapter, Stream, Plain);
        }
    };
}

/// TLS over TCP, with certificates on both sides.
macro_rules! over_tls {
    ($adapter:path) => {
        mod tls {
            full_profile!($adapter, Tls);
            half_closing!($adapter, Tls);
            costly!($adapter, Tls);
            everywhere!($adapter, Tls, Full);
        }
        mod plain_tls {
            plain_profile!($adapter, Tls);
            plain_half_closing!($adapter, Tls);
            everywhere!($adapter, Tls, Plain);
        }
    };
}

/// Without a system there is one kind of transport, whatever the endpoint says. Foreign peers are left out: they need an
/// address that the system knows.
macro_rules! on_simulated_transports {
    ($adapter:path) => {
        mod stream {
            full_profile!($adapter, Stream);
            half_closing!($adapter, Stream);
            costly!($adapter, Stream);
            everywhere!($adapter, Stream, Full);
        }
        mod plain_stream {
            plain_profile!($adapter, Stream);
            plain_half_closing!($adapter, Stream);
            everywhere!($adapter, Stream, Plain);
        }
    };
}

/// What holds whatever the profile.
macro_rules! everywhere {
    ($adapter:path, $transport:ident, $profile:ident) => {
        tests! { $adapter, $transport, $profile:
            reading {
                dropped_before_anything_happened, dropped_alone, dropped_after_a_poll, cancelled_in_the_queue,
                dropped_with_its_message, dropped_with_its_message_alone, cancelled_with_its_message,
                too_late_to_take_again, forgotten, ended_reads_get_what_came_before,
            }
            writing {
                cancelled_before_anything_happened, dropped_before_anything_happened, cancelled_after_it_was_sent,
                dropped_after_it_was_sent, detached, detached_without_room, forgotten,
                broken_on_the_way, written_after_the_end,
            }
            waiting {
                status_goes_from_pending_to_success, status_is_never_revised, a_deadline_changes_nothing,
                a_far_deadline_is_none, waits_on_threads, the_result_is_fetched_later, awaited_elsewhere,
                on_complete_before_and_after, on_complete_may_do_anything, try_read_takes_what_nobody_owns,
            }
            batches {
                read_many_leaves_what_others_own, read_many_takes_as_many_as_asked_for,
                read_many_dropped_with_its_message, write_all_sends_all, write_all_is_cancelled_by_a_drop,
                write_all_hands_back_in_order, waiting_for_any,
                waiting_for_all, broadcast_tells_who_is_slow,
            }
            together {
                batches_are_all_there_is_in_order, every_way_of_reading_takes_what_is_next,
                a_batch_leaves_what_others_own, a_dropped_batch_loses_nothing, long_messages_between_small_ones,
                beside_a_callback,
            }
            posting {
                posted_messages_keep_their_place, a_full_queue_hands_the_payload_back, as_many_as_there_is_room_for,
                what_cannot_be_posted_comes_back, an_orderly_close_loses_no_post,
            }
            many { all_sizes_arrive, cancelled_in_the_middle, dropped_in_the_middle, one_is_too_long, }
            flows {
                messages_end_with_the_peers_goodbye, messages_end_with_the_loss, a_sink_reports_what_it_did_not_send,
                a_sink_closes, messages_by_callback, clients_as_a_stream,
            }
            ordering {
                eight_writers_and_eight_readers, eight_writing_and_eight_reading_tasks, many_queued_reads,
                to_and_fro, both_ways_at_once,
            }
            bounds {
                a_reader_that_does_not_read_stops_the_writer, one_message_always_fits,
                waiting_writes_keep_their_order, every_size, too_long_before_a_byte_leaves,
            }
        }
    };
}

/// What only the full profile can do.
macro_rules! full_profile {
    ($adapter:path, $transport:ident) => {
        tests! { $adapter, $transport, Full:
            aborting {
                cancelled_while_bytes_are_leaving, dropped_while_bytes_are_leaving, too_late_for_the_last_byte,
            }
            accepting {
                dropped_before_anything_happened, cancelled_before_anything_happened, dropped_with_its_client,
                cancelled_with_its_client, dropped_with_its_client_alone, too_late_to_take_again, forgotten,
                a_client_that_left_is_no_result, status_is_never_revised,
            }
            connecting {
                cancelled_before_the_answer, dropped_before_the_answer, cancelled_too_late, dropped_with_its_socket,
                status_goes_from_pending_to_success, status_of_a_refused_one_is_failure,
                what_is_said_in_passing_is_read,
            }
            closing {
                delivers_what_is_queued, keeps_unread_input_on_both_sides, with_more_unread_input_than_fits,
                two_full_sides_at_once, both_at_once, waits_for_a_slow_reader, can_be_taken_back,
                can_be_too_late_to_take_back, goes_on_when_its_task_is_dropped, lets_nothing_be_written_any_more,
                the_peer_can_write_no_more,
            }
            ending {
                a_peer_that_never_answers_is_unconfirmed, what_was_confirmed_is_not_unconfirmed,
                a_peer_that_never_reads_is_unconfirmed, aborted, aborted_under_those_who_wait,
                the_last_handle_says_goodbye, a_task_is_a_handle, unread_messages_are_not_confirmed_by_a_drop,
                goodbye_counts, what_came_before_the_loss_is_kept, ended_tells_both_sides,
            }
            admission {
                nobody_interested, full, one_user_has_too_many, too_many_wait, unanswered, declined_by_dropping,
                refused_with_words, refused_before_hello, decided_by_callback, a_callback_that_panics,
                callbacks_may_use_the_server, every_disconnect_is_told, counts,
            }
            shutdown {
                stops_in_order, frees_the_endpoint, reports_what_is_unconfirmed, nobody_was_there,
                goes_on_when_its_task_is_dropped, dropped, an_incoming_outlives_its_server, too_late_to_connect,
            }
            limits { limits_may_differ, }
            unposted { posts_without_confirmation_are_counted, }
            futurelock {
                a_parked_read_does_not_hold_up_the_next, a_parked_read_does_not_hold_up_a_waiting_thread,
                a_parked_read_still_answers_pings, a_parked_write_does_not_hold_up_the_next,
                a_dropped_read_passes_its_turn_on, parked_tasks_complete_by_themselves,
            }
            reentrancy {
                a_waker_may_use_its_socket, a_waker_may_block, dropping_a_waker_may_use_its_socket,
                dropping_a_payload_may_use_its_socket, dropping_queued_payloads_may_use_the_socket,
                a_waker_may_use_its_server,
            }
        }
    };
}

/// What a peer does that ends one direction and goes on reading, which a pipe can't.
macro_rules! half_closing {
    ($adapter:path, $transport:ident) => {
        tests! { $adapter, $transport, Full:
            vectors { errors, streams, streams_in_pieces, }
            cuts { inside_every_frame, between_frames, }
            unsent { broken_in_the_middle, }
            parting { what_is_said_after_the_goodbyes_is_read, the_peers_goodbye_does_not_cut_a_close_short, }
        }
    };
}

/// The same without a goodbye.
macro_rules! plain_half_closing {
    ($adapter:path, $transport:ident) => {
        tests! { $adapter, $transport, Plain: closing { plain_is_flushed_at_best, } }
    };
}

/// What takes its time; it is the same for all sockets.
macro_rules! costly {
    ($adapter:path, $transport:ident) => {
        tests! { $adapter, $transport, Full:
            packed { what_has_come_is_read_at_once, }
            fairness { a_flood_does_not_starve_others, callbacks_do_not_starve_others, }
            heartbeat {
                a_silent_peer_is_lost, a_slow_reader_is_not, an_idle_pair_is_not, a_parked_read_is_not, any_byte_is_a_sign_of_life,
                signs_of_life_are_given,
            }
        }
    };
}

/// What the plain profile can't do, and says so.
macro_rules! plain_profile {
    ($adapter:path, $transport:ident) => {
        tests! { $adapter, $transport, Plain:
            aborting { plain_messages_that_have_begun_are_sent_whole, }
            ending { plain_last_handle_ends_the_stream, }
            admission { plain_clients_just_see_the_end, }
        }
    };
}

/// What peers do that have an address and nothing else of bowline.
#[cfg(unix)]
macro_rules! foreign_peers {
    ($adapter:path, $transport:ident) => {
        tests! { $adapter, $transport, Full: foreign { python_converses, python_is_refused, } }
    };
}

#[cfg(unix)]
macro_rules! plain_foreign_peers {
    ($adapter:path, $transport:ident) => {
        tests! { $adapter, $transport, Plain:
            foreign { python_is_plain, codec_as_client, codec_as_server, codec_over_the_limit, }
        }
    };
}

macro_rules! tests {
    ($adapter:path, $transport:ident, $profile:ident: $($module:ident { $($name:ident,)* })*) => {
        $(mod $module {
            $(#[test]
            fn $name() {
                let name = concat!(module_path!(), "::", stringify!($name));
                let (transport, profile) = (crate::Transport::$transport, crate::Profile::$profile);
                crate::test(name, $adapter, transport, profile, crate::$module::$name);
            })*
        })*
    };
}

use bounds as limits;
use ending as parting;
use gone as drops;
use many as unsent;
use posting as unposted;
use together as packed;
use writing as aborting;

on_every_adapter!(on_every_transport);
on_some_adapters!(over_tls);
on_every_mortal_adapter!(mortal);
on_every_pair!(pairs);
mod simulated {
    on_simulated_transports!(bowline_tests::Simulated::in_memory);
}

fn test(
    name: &str,
    adapter: fn() -> Box<dyn Adapter>,
    transport: Transport,
    profile: Profile,
    behaviour: fn(&World),
) {
    watchdog::run(name, move || behaviour(&World::new(adapter, transport, profile)));
}
